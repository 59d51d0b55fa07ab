import CairnDelivery
import CairnFormat
import CairnNative
import Testing

@Suite("The cursor is the model's")
struct CursorTests {
    static func lane(_ number: UInt8) -> Lane {
        Lane(
            trail: UniqueID(random: [UInt8](repeating: number, count: 16)), account: World.account, region: .usEast1,
            folder: .trail)
    }

    static let a = lane(1)
    static let b = lane(2)

    static func entry(_ lane: Lane, _ from: UInt64) throws -> Cursor.Entry {
        // As the catalog keeps it: entries have no initialiser outside delivery.
        let json =
            #"{"lane":"\#(lane)","kind":"file","from":\#(from),"revision":1,"bucket":"logs","compression":"balanced"}"#
        return try JSONCoding.decode(json)
    }

    @Test("a cut of all: intent, then commit; places move with both")
    func shared() throws {
        var cursor = Cursor()
        try cursor.begin(until: 5, revision: 2, at: 100, entries: [try Self.entry(Self.a, 1)])
        #expect(cursor.next == 1 && cursor.edge == 5 && cursor.place(of: Self.b) == 5)
        let intent = try #require(cursor.intent)
        try cursor.commit(intent)
        #expect(cursor.next == 5 && cursor.revision == 2 && cursor.intent == nil && cursor.apart.isEmpty)
        #expect(throws: Cursor.Stale.moved) { try cursor.commit(intent) }
    }

    @Test("a range without entries just moves the cursor")
    func plain() throws {
        var cursor = Cursor()
        try cursor.begin(until: 9, revision: 1, at: 100, entries: [])
        #expect(cursor.next == 9 && cursor.intent == nil)
    }

    @Test("one shared intent at a time, from where its lanes stand")
    func stale() throws {
        var cursor = Cursor()
        #expect(throws: Cursor.Stale.moved) {
            try cursor.begin(until: 5, revision: 1, at: 1, entries: [try! Self.entry(Self.a, 2)])
        }
        try cursor.begin(until: 5, revision: 1, at: 100, entries: [try Self.entry(Self.a, 1)])
        #expect(throws: Cursor.Stale.moved) { try cursor.begin(until: 7, revision: 1, at: 1, entries: []) }
        #expect(throws: Cursor.Stale.moved) {
            try cursor.beginAlone(try! Self.entry(Self.a, 5), until: 7, revision: 1, at: 1)
        }
    }

    @Test("the time of a cut never goes back")
    func time() throws {
        var cursor = Cursor()
        try cursor.begin(until: 5, revision: 1, at: 100, entries: [try Self.entry(Self.a, 1)])
        try cursor.commit(cursor.intent!)
        try cursor.begin(until: 6, revision: 1, at: 40, entries: [try Self.entry(Self.a, 5)])
        #expect(cursor.intent?.at == 100)
    }

    @Test("a lane set apart lets the others commit, keeps its place, catches up and rejoins")
    func apart() throws {
        var cursor = Cursor()
        try cursor.begin(
            until: 5, revision: 1, at: 100, entries: [try Self.entry(Self.a, 1), try Self.entry(Self.b, 1)])
        let whole = cursor.intent!
        try cursor.setApart(Self.b, from: whole, failure: "403", at: 100)
        #expect(cursor.intent?.entries.map(\.lane) == [Self.a])
        #expect(throws: Cursor.Stale.moved) { try cursor.commit(whole) }
        try cursor.commit(cursor.intent!)
        #expect(cursor.next == 5 && cursor.place(of: Self.b) == 1 && cursor.trimmable == 1 && cursor.staysOut(Self.b))
        // It stays out of the next shared cut.
        #expect(throws: Cursor.Stale.moved) {
            try cursor.begin(until: 8, revision: 1, at: 1, entries: [try! Self.entry(Self.b, 5)])
        }
        try cursor.begin(until: 8, revision: 1, at: 101, entries: [try Self.entry(Self.a, 5)])
        try cursor.commitAlone(Self.b, cursor.apart(Self.b)!.intent!)
        #expect(cursor.place(of: Self.b) == 5)
        try cursor.commit(cursor.intent!)
        try cursor.beginAlone(try Self.entry(Self.b, 5), until: 8, revision: 1, at: 102)
        try cursor.commitAlone(Self.b, cursor.apart(Self.b)!.intent!)
        #expect(cursor.apart.isEmpty && cursor.place(of: Self.b) == 8)
    }

    @Test("a lane that catches up while a cut is open rejoins at its end")
    func edge() throws {
        var cursor = Cursor()
        try cursor.begin(until: 5, revision: 1, at: 1, entries: [try Self.entry(Self.a, 1), try Self.entry(Self.b, 1)])
        try cursor.setApart(Self.b, from: cursor.intent!, failure: "403", at: 1)
        try cursor.commitAlone(Self.b, cursor.apart(Self.b)!.intent!)
        #expect(cursor.apart.isEmpty && cursor.place(of: Self.b) == 5)
    }

    @Test("an early cut moves one lane ahead; the next shared cut takes it in from its place")
    func early() throws {
        var cursor = Cursor()
        try cursor.beginAlone(try Self.entry(Self.a, 1), until: 4, revision: 1, at: 1)
        #expect(cursor.staysOut(Self.a))
        try cursor.commitAlone(Self.a, cursor.apart(Self.a)!.intent!)
        #expect(cursor.place(of: Self.a) == 4 && cursor.next == 1 && !cursor.staysOut(Self.a) && cursor.trimmable == 1)
        try cursor.begin(until: 6, revision: 1, at: 1, entries: [try Self.entry(Self.a, 4), try Self.entry(Self.b, 1)])
        #expect(cursor.apart.isEmpty)
    }

    @Test("it reads back as it was written")
    func coding() throws {
        var cursor = Cursor()
        try cursor.begin(until: 5, revision: 1, at: 1, entries: [try Self.entry(Self.a, 1), try Self.entry(Self.b, 1)])
        try cursor.setApart(Self.b, from: cursor.intent!, failure: "403", at: 1)
        #expect(try JSONCoding.decode(JSONCoding.encode(cursor)) == cursor)
    }
}
