import CairnFormat
import CairnKeys
import CairnObjects
import CairnTestKit
import CairnTopics
import FoundationEssentials
import Synchronization

/// Reads notices from the queue, and looks whether what they announce can be read.
final class Consumer: Sendable {
    private struct Message: Decodable {
        var s3Bucket: String
        var s3ObjectKey: [String]
    }

    /// A clock is set back by half a minute at most, now and then.
    private static let drainRoundCountMax = 600

    let console: Console
    private let dice: SeededRandom
    /// How often each file was announced.
    private let seen = Mutex<[String: Int]>([:])
    private var world: World { console.world }

    init(_ console: Console) {
        self.console = console
        dice = console.world.dice("consumer")
    }

    var announced: [String: Int] { seen.withLock { $0 } }

    /// Receives until the task is cancelled.
    func run(_ keyring: Keyring) async {
        var queues: QueueService?
        while !Task.isCancelled {
            do {
                if queues == nil { queues = try await console.queues(keyring) }
                if let queues { try await receive(queues) }
            } catch {
                // Files that were open are gone with the power: look anew.
                world.trace.aside("consumer: \(error)")
                queues = nil
            }
            await world.pause(.milliseconds(100 + dice.below(1_000)))
        }
    }

    /// Receives until nothing comes any more.
    func drain(_ keyring: Keyring) async throws {
        let queues = try await console.queues(keyring)
        var quiet = 0
        // Messages that were forgotten are hidden for two seconds, by a clock that may have been set back meanwhile.
        for _ in 0..<Self.drainRoundCountMax {
            if try await receive(queues) { quiet = 0 } else { quiet += 1 }
            if quiet >= 2, try await queues.queues().allSatisfy({ $0.queue.open.isEmpty }) { return }
            await world.pause(.seconds(1))
        }
        throw Unread()
    }

    /// Messages come again and again, however often they are acknowledged.
    private struct Unread: Error {}

    @discardableResult
    private func receive(_ queues: QueueService) async throws -> Bool {
        let name = try TopicName("cairn-queue")
        let messages = try await queues.receive(name, count: 1 + dice.below(10), visibility: .seconds(2))
        for message in messages {
            world.trace.aside("consumer: \(message.message)")
            await look(message.message)
        }
        if world.plan.faults.contains(.consumerForgets), dice.below(4) == 0, !messages.isEmpty {
            world.count(.consumerForgets)
            return true
        }
        if !messages.isEmpty { try await queues.acknowledge(name, messages.map(\.handle)) }
        return !messages.isEmpty
    }

    private func look(_ text: String) async {
        guard let message = try? JSONDecoder().decode(Message.self, from: Data(text.utf8)),
            let bucket = try? BucketName(message.s3Bucket)
        else { return world.violated("a notice says: \(text)") }
        for name in message.s3ObjectKey {
            guard let key = try? ObjectKey(name) else { return world.violated("a notice says: \(text)") }
            let location = ObjectLocation(bucket: bucket, key: key)
            seen.withLock { $0["\(location)", default: 0] += 1 }
            do { _ = try await console.store.head(location) } catch {
                // The power failed between the message and this look: it says nothing of the object.
                if case .unavailable = error { continue }
                if world.strangers.deletedFiles["\(location)"] != nil { continue }
                world.violated("I5: \(location) was announced and cannot be read: \(error)")
            }
        }
    }
}
