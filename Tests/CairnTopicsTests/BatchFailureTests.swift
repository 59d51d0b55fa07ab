import CairnFormat
import CairnLog
import Testing

@testable import CairnTopics

@Suite("What of a batch was taken")
struct BatchFailureTests {
    static let notices = (1...3).map { Fixture.notice($0, of: try! Fixture.lane(UInt8($0))) }

    private func check(_ failures: [BatchFailure], done: [Int]) -> TopicError? {
        do throws(TopicError) { try BatchFailure.check(failures, done: done, Self.notices, place: "there") } catch {
            return error
        }
        return nil
    }

    @Test("all of it")
    func all() { #expect(check([], done: [2, 0, 1]) == nil) }

    @Test("the service's own failure of one: the others are not sent again")
    func own() throws {
        let failure = BatchFailure(index: 1, code: "InternalError", isSendersFault: false)
        guard case .partly(let taken, let reason) = check([failure], done: [0, 2]) else {
            Issue.record("another error")
            return
        }
        #expect(
            taken == [Self.notices[0].id, Self.notices[2].id] && reason == "there did not take a notice: InternalError")
        guard case .away = check([failure], done: []) else {
            Issue.record("another error")
            return
        }
    }

    @Test("the sender's fault: the others were taken, and that one is refused")
    func senders() throws {
        let failure = BatchFailure(index: 0, code: "InvalidMessage", isSendersFault: true)
        guard case .refused(let ids, let reason) = check([failure], done: [1, 2]) else {
            Issue.record("another error")
            return
        }
        #expect(ids == [Self.notices[0].id] && reason == "there answers InvalidMessage")
    }

    @Test("beside a refusal, too, what the answer does not speak of was not taken")
    func silentBesideRefusal() throws {
        let failure = BatchFailure(index: 0, code: "InvalidMessage", isSendersFault: true)
        guard case .partly(let taken, _) = check([failure], done: [1]) else {
            Issue.record("another error")
            return
        }
        #expect(taken == [Self.notices[1].id])
    }

    @Test("what the answer does not speak of was not taken, what it says of others is not believed")
    func silent() throws {
        guard case .partly(let taken, _) = check([], done: [1]) else {
            Issue.record("another error")
            return
        }
        #expect(taken == [Self.notices[1].id])
        guard case .away = check([], done: [7]) else {
            Issue.record("another error")
            return
        }
        let strange = BatchFailure(index: 9, code: "InvalidMessage", isSendersFault: true)
        guard case .away = check([strange], done: [0, 1, 2]) else {
            Issue.record("another error")
            return
        }
    }
}
