package import CairnCatalog
package import CairnFormat
package import CairnLog
import CairnNative
package import CairnSystem
import CoreMetrics

/// Takes events in: reads a request, refuses what is not acceptable, and has the rest written down before it answers.
package struct Door: Sendable {
    /// The largest body of a request, in bytes, compressed or not, and inflated.
    package static let bodyByteCountMax = 16 << 20
    /// The most events in one request.
    package static let eventCountMax = 100_000

    private let partitions: [IntakePartition]
    private let routing: RoutingCache
    private let homeRegion: Region
    private let time: any TimeSource
    private let random: any RandomSource
    private let metrics: DoorMetrics
    private let readers = EventReaderPool()
    private let onConflict: @Sendable (_ account: AccountID, _ principal: String) async -> Void

    /// - Parameter onConflict: is told when an `eventID` came again with other bytes or from another sender.
    package init(
        partitions: [IntakePartition],
        routing: RoutingCache,
        homeRegion: Region,
        time: any TimeSource,
        random: any RandomSource,
        metrics: DoorMetrics,
        onConflict: @escaping @Sendable (_ account: AccountID, _ principal: String) async -> Void
    ) {
        self.partitions = partitions
        self.routing = routing
        self.homeRegion = homeRegion
        self.time = time
        self.random = random
        self.metrics = metrics
        self.onConflict = onConflict
    }

    /// Accounts or Regions have changed: the next request is checked against the new ones.
    package func routingChanged() { routing.forget() }

    /// What a request says besides its body.
    package struct Request: Sendable {
        package var principal: Principal
        package var peer: String
        package var isGzip = false
        /// Whether the content type says that the body is one JSON value, not one a line.
        package var isSingleJSON = false
        /// For events without `recipientAccountId`.
        package var account: AccountID?
        /// For events without `awsRegion`.
        package var region: Region?

        package init(principal: Principal, peer: String) {
            self.principal = principal
            self.peer = peer
        }
    }

    /// Takes the events of a request in. When it returns, every accepted event is durable.
    package func take(
        _ body: consuming [UInt8],
        _ request: Request,
        isCairn: Bool = false
    ) async throws(DoorError) -> DoorAnswer {
        let started = time.uptime
        do throws(DoorError) {
            let byteCount = body.count
            let answer = try await takeCounted(body, request, isCairn)
            metrics.acknowledgeSeconds.record((time.uptime - started).inSeconds)
            metrics.acceptedEvents.increment(by: answer.accepted)
            metrics.acceptedBytes.increment(by: byteCount)
            metrics.refusedEvents.increment(by: answer.refusedCount)
            metrics.duplicateEvents.increment(by: answer.duplicates)
            metrics.conflictingEvents.increment(by: answer.conflicts)
            return answer
        } catch {
            metrics.refusedRequests.increment()
            throw error
        }
    }

    private func takeCounted(
        _ body: consuming [UInt8],
        _ request: Request,
        _ isCairn: Bool
    ) async throws(DoorError) -> DoorAnswer {
        let known: RoutingCache.Known
        do throws(CatalogError) { known = try await routing.known() } catch { throw .catalog(error) }
        let rules = IntakeRules(
            principal: request.principal.id,
            accounts: request.principal.accounts.map(Set.init),
            sources: request.principal.sources.map(Set.init),
            isCairn: isCairn,
            knownAccounts: known.accounts,
            knownRegions: known.regions,
            requestAccount: request.account,
            defaultRegion: request.region ?? homeRegion
        )
        // One buffer from the wire to the log: what is appended behind it fits into the room that was set aside.
        var buffer = request.isGzip ? try Self.inflate(body, limit: Self.inflatedByteCount(of: body)) : body
        let count = buffer.count
        buffer.append(contentsOf: [UInt8](repeating: 0, count: JSONReader.padding))
        let ranges = try Self.split(buffer, count: count, isSingle: request.isSingleJSON)
        guard !ranges.isEmpty else { throw .badRequest("expected events in the body, found none") }

        let now = time.now
        var answer = DoorAnswer()
        var groups: [Lot: [AcceptedEvent]] = [:]
        readers.with { reader in
            for (index, range) in ranges.enumerated() {
                do throws(EventRefusal) {
                    let event = try reader.read(
                        buffer, range, rules: rules, now: EventTime(seconds: now.seconds), makeID: { random.bytes(16) })
                    groups[Lot(account: event.account, region: event.region), default: []].append(event)
                } catch {
                    answer.refuse(index, error)
                }
            }
        }
        let isShared = known.accounts.count > 1
        // One append for each partition, however many accounts and Regions the request has there.
        var byPartition: [Int: [[AcceptedEvent]]] = [:]
        for (lot, events) in groups.sorted(by: { $0.key < $1.key }) {
            let partition = PartitionRule.partition(lot.account, lot.region, count: partitions.count)
            byPartition[partition, default: []].append(events)
        }
        let source = buffer
        let written = await withTaskGroup(of: [Written].self) { group in
            for (partition, lots) in byPartition.sorted(by: { $0.key < $1.key }) {
                group.addTask { await write(lots, to: partition, from: source, request, isShared: isShared, now: now) }
            }
            var written: [Written] = []
            for await some in group { written += some }
            return written
        }
        for one in written {
            // What other lots had is durable, but the request as a whole is not: it is sent again, and what came before
            // is then known as duplicate. Events whose ids we made up would come twice, so they need an eventID.
            let outcomes: [IntakePartition.Outcome]
            do throws(IntakeError) { outcomes = try one.result.get() } catch { throw .intake(error) }
            answer.accepted += outcomes.count
            answer.duplicates += outcomes.count { $0 == .duplicate }
            let conflicts = outcomes.count { $0 == .conflicting }
            answer.conflicts += conflicts
            if conflicts > 0 { await onConflict(one.account, request.principal.id) }
        }
        return answer
    }

    private func write(
        _ lots: [[AcceptedEvent]],
        to partition: Int,
        from buffer: [UInt8],
        _ request: Request,
        isShared: Bool,
        now: Timestamp
    ) async -> [Written] {
        let results = await partitions[partition].accept(
            lots, from: buffer, principal: request.principal.id, peer: request.peer, isShared: isShared, now: now)
        return zip(lots, results).map { Written(account: $0[0].account, result: $1) }
    }

    /// What became of a lot.
    private struct Written: Sendable {
        var account: AccountID
        var result: Result<[IntakePartition.Outcome], IntakeError>
    }

    /// Events of one account and Region.
    private struct Lot: Hashable, Comparable, Sendable {
        var account: AccountID
        var region: Region

        static func < (a: Lot, b: Lot) -> Bool { (a.account, a.region) < (b.account, b.region) }
    }

    /// How many bytes a gzip body says it inflates to, within the limits: its last four bytes. What it says is checked when
    /// it is inflated.
    static func inflatedByteCount(of body: [UInt8]) -> Int {
        guard body.count >= 18 else { return 0 }
        return min(Int(body.number(at: body.count - 4, as: UInt32.self)), bodyByteCountMax)
    }

    private static func inflate(_ body: [UInt8], limit: Int) throws(DoorError) -> [UInt8] {
        var inflated: [UInt8] = []
        inflated.reserveCapacity(limit + JSONReader.padding)
        let stream = GzipStream(limit: limit)
        do throws(GzipProblem) {
            try stream.inflate(body, into: &inflated)
            guard stream.isComplete else { throw .truncated(byteCount: body.count) }
        } catch {
            if case .tooLarge = error, limit < bodyByteCountMax {
                throw .badRequest(
                    "Content-Encoding says gzip: its last four bytes say \(limit) bytes, but there are more")
            }
            if case .tooLarge = error {
                throw .tooLarge("the body inflates to more than \(bodyByteCountMax) bytes: send less at once")
            }
            throw .badRequest("Content-Encoding says gzip: \(error)")
        }
        return inflated
    }

    /// Where the events of a body stand: elements of an array or of `Records`, or lines.
    private static func split(_ buffer: [UInt8], count: Int, isSingle: Bool) throws(DoorError) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        if var elements = JSONElements(buffer, count: count) {
            do throws(JSONProblem) {
                while let range = try elements.next(buffer) {
                    ranges.append(range)
                    if ranges.count > eventCountMax { break }
                }
            } catch {
                throw .badRequest("the list of events: \(error)")
            }
        } else if isSingle {
            ranges = [0..<count]
        } else {
            var start = 0
            while start < count {
                let end = buffer.firstIndex(of: UInt8(ascii: "\n"), in: start..<count) ?? count
                let isBlank = (start..<end).allSatisfy {
                    buffer[$0] == 0x20 || buffer[$0] == 0x0D || buffer[$0] == 0x09
                }
                if !isBlank { ranges.append(start..<end) }
                if ranges.count > eventCountMax { break }
                start = end + 1
            }
        }
        guard ranges.count <= eventCountMax else {
            throw .tooLarge("a request holds at most \(eventCountMax) events: send fewer at once")
        }
        return ranges
    }
}
