import CairnDocuments
package import CairnFormat
import CairnKeys
import CairnNative
import CairnSQLite
import Synchronization

/// Looks events up in a partition's history.
///
/// Postings are read newest first, file by file, and no more of them than the page needs; the events of the page are opened and
/// nothing else.
package struct HistorySearch: Sendable {
    /// An event that was found.
    package struct Found: Sendable {
        package let place: HistoryPlace
        /// As it came in.
        package let event: [UInt8]
        package let lookup: EventLookup
    }

    private struct BlockName: Hashable {
        let file: UInt64
        let block: Int64

        init(file: UInt64, block: Int64) { (self.file, self.block) = (file, block) }

        init(_ place: HistoryPlace) {
            file = place.file
            let entry = HistoryRun.Entry(time: place.time, position: place.position)
            block = HistoryBlock.id(run: place.run, number: entry.block)
        }
    }

    /// How many postings are read at a time.
    private static let postingCount = 16
    /// What a block may inflate to: its events, each of at most 256 KiB.
    private static let blockByteCountMax = 32 << 20

    private let shelf: HistoryShelf
    private let keys: HistoryKeys

    package init(shelf: HistoryShelf, keys: HistoryKeys) { (self.shelf, self.keys) = (shelf, keys) }

    /// The sequence of the log that history has come to; nil: none that is known.
    package func reached() async throws(HistoryError) -> UInt64? {
        guard let newest = try shelf.newest() else { return nil }
        do throws(DocumentError) { return try await newest.file.state().next } catch {
            throw .file(path: newest.name, reason: error.description)
        }
    }

    /// The page that a query asks for, newest first, and where the next one begins; nil: nothing is behind it.
    ///
    /// Events whose keys were shredded or destroyed are none any more: a page may have fewer than there is place for.
    package func page(_ query: HistoryQuery) async throws(HistoryError) -> (events: [Found], next: HistoryPlace?) {
        let hash: [UInt8]
        do throws(KeyError) {
            hash = ValueHashes(try await keys.values()).hash(query.account, query.region, query.attribute, query.value)
        } catch { throw .keys(error) }
        let files = try shelf.files()
        var merge = Merge(query: query)
        for (i, shelved) in files.enumerated() {
            let state: HistoryFile.State
            do throws(DocumentError) { state = try await shelved.file.state() } catch {
                throw .file(path: shelved.name, reason: error.description)
            }
            guard let newest = state.newest, let oldest = state.oldest, newest >= query.start, oldest <= merge.end
            else { continue }
            merge.add(file: i, first: shelved.first, newest: min(newest, merge.end))
        }
        var places: [HistoryPlace] = []
        while places.count <= query.limit {
            switch merge.next() {
            case .place(let place): places.append(place)
            case .read(let i, let before):
                do throws(DocumentError) {
                    let postings = try await files[i].file.postings(
                        hash, from: query.start, to: merge.end, before: before, limit: Self.postingCount)
                    guard merge.take(postings, of: i, isLast: postings.count < Self.postingCount) else {
                        throw .damaged(reason: "a posting does not say which events it is of")
                    }
                } catch { throw .file(path: files[i].name, reason: error.description) }
            case .end:
                return (try await open(places, files, query), nil)
            }
        }
        places.removeLast()
        return (try await open(places, files, query), places.last)
    }

    /// Opens the blocks that events stand in, each once.
    private func open(
        _ places: some Collection<HistoryPlace>, _ files: [HistoryShelf.Shelved], _ query: HistoryQuery
    ) async throws(HistoryError) -> [Found] {
        let blocks = try await blocks(of: places, files, query.account)
        var found: [Found] = []
        let reader = LookupReader()
        func name(_ place: HistoryPlace) -> String { files.first { $0.first == place.file }?.name ?? "?" }
        for place in places {
            // Nil: its key is gone by decision, or its file is too old.
            guard let bytes = blocks[BlockName(place)] else { continue }
            let index = HistoryRun.Entry(time: place.time, position: place.position).index
            guard var event = HistoryRun.event(index, of: bytes) else {
                throw .damaged(
                    path: name(place), reason: "block \(BlockName(place).block) has no event \(index)")
            }
            let range = 0..<event.count
            event += [UInt8](repeating: 0, count: JSONReader.padding)
            guard let lookup = reader.read(event, range, { EventLookup($0) }) else {
                throw .damaged(
                    path: name(place), reason: "an event of block \(BlockName(place).block) is no JSON")
            }
            // What stands in the clear may have been changed: an event that has not what it was looked up by is none that was found.
            if let attribute = query.attribute,
                !lookup.attributes.contains(where: { $0.attribute == attribute && $0.value == query.value })
            {
                throw .damaged(
                    path: name(place), reason: "a posting names an event that has not its value")
            }
            found.append(Found(place: place, event: Array(event[range]), lookup: lookup))
        }
        return found
    }

    /// What stands in the blocks of a page; those whose keys were shredded or destroyed are left out.
    private func blocks(
        of places: some Collection<HistoryPlace>, _ files: [HistoryShelf.Shelved], _ account: AccountID
    ) async throws(HistoryError) -> [BlockName: [UInt8]] {
        var opening = keys.opening()
        var blocks: [BlockName: [UInt8]] = [:]
        for shelved in files {
            let ids = Set(places.filter { $0.file == shelved.first }.map { BlockName($0).block }).sorted()
            if ids.isEmpty { continue }
            let stored: [Int64: (block: HistoryFile.Block, wrap: HistoryFile.Wrap)]
            do throws(DocumentError) { stored = try await shelved.file.blocks(ids) } catch {
                throw .file(path: shelved.name, reason: error.description)
            }
            var ciphers: [Int64: AESGCM] = [:]
            for id in ids {
                guard let (block, wrap) = stored[id], wrap.account == account.description,
                    let wrapped = HistoryBlock.wrap(wrap.bytes)
                else { throw .damaged(path: shelved.name, reason: "block \(id) is not there, or is another account's") }
                if ciphers[wrap.id] == nil {
                    do throws(KeyError) {
                        ciphers[wrap.id] = AESGCM(try await opening.open(wrapped, account, file: shelved.name))
                    } catch {
                        switch error {
                        case .shredded, .destroyed: continue
                        default: throw .keys(error)
                        }
                    }
                }
                guard let cipher = ciphers[wrap.id], let gzip = HistoryBlock.open(block.body, id: id, under: cipher)
                else { throw .damaged(path: shelved.name, reason: "block \(id) does not open under its key") }
                do throws(GzipProblem) {
                    let name = BlockName(file: shelved.first, block: id)
                    blocks[name] = try Gunzip.member(gzip, limit: Self.blockByteCountMax)
                } catch { throw .damaged(path: shelved.name, reason: "block \(id): \(error)") }
            }
        }
        return blocks
    }

    // MARK: Merging

    /// Puts the entries of many postings in order, and says when more of them must be read.
    private struct Merge {
        enum Step {
            case place(HistoryPlace)
            /// Postings of a file behind one that was read.
            case read(Int, before: (newest: Int64, run: Int64)?)
            case end
        }

        private struct Source {
            let index: Int
            let first: UInt64
            /// The newest time that anything of it which was not read can have; nil: all was read.
            var bound: Int64?
            var before: (newest: Int64, run: Int64)?
        }

        /// A posting's entries, newest first.
        private struct Open {
            let file: UInt64
            let run: Int64
            var entries: ArraySlice<HistoryRun.Entry>

            var head: HistoryPlace? {
                entries.first.map { HistoryPlace(time: $0.time, file: file, run: run, position: $0.position) }
            }
        }

        let query: HistoryQuery
        /// The newest time that may come.
        let end: Int64
        private var sources: [Source] = []
        private var open: [Open] = []

        init(query: HistoryQuery) {
            self.query = query
            end = min(query.end, query.after?.time ?? .max)
        }

        mutating func add(file index: Int, first: UInt64, newest: Int64) {
            sources.append(Source(index: index, first: first, bound: newest, before: nil))
        }

        mutating func next() -> Step {
            while true {
                var best: (place: HistoryPlace, at: Int)?
                for (i, one) in open.enumerated() {
                    guard let head = one.head else { continue }
                    if best.map({ head < $0.place }) ?? true { best = (head, i) }
                }
                let unread = sources.filter { $0.bound != nil }.max { $0.bound! < $1.bound! }
                if let unread, let bound = unread.bound, bound >= best?.place.time ?? .min {
                    return .read(unread.index, before: unread.before)
                }
                guard let best else { return .end }
                open[best.at].entries.removeFirst()
                if open[best.at].entries.isEmpty { open.remove(at: best.at) }
                if best.place.time < query.start { return .end }
                if best.place.time > query.end { continue }
                if let after = query.after, best.place <= after { continue }
                return .place(best.place)
            }
        }

        /// - Returns: false when a posting's bytes are none of ours.
        mutating func take(_ postings: [HistoryFile.Posting], of index: Int, isLast: Bool) -> Bool {
            guard let at = sources.firstIndex(where: { $0.index == index }) else { return true }
            for posting in postings {
                guard let entries = HistoryRun.decode(posting.entries, newest: posting.newest) else { return false }
                // What is too new is passed over at once.
                let rest = entries.drop { $0.time > end }
                if !rest.isEmpty { open.append(Open(file: sources[at].first, run: posting.run, entries: rest)) }
            }
            if isLast {
                sources[at].bound = nil
            } else if let last = postings.last {
                sources[at].before = (last.newest, last.run)
                sources[at].bound = min(last.newest, end)
            }
            return true
        }
    }
}
