package import CairnSystem

/// The members of a tar (POSIX ustar and pax, GNU long names): where each regular file's bytes stand.
///
/// A name that stands twice means different files to different readers, so each such name is a finding; links and devices
/// are findings, and so are names that lead out.
package final class TarIndex: Sendable {
    /// Why a tar cannot be taken at all.
    package enum Unreadable: Error, Sendable {
        case file(ConfinedDirectory.Problem)
        case tooManyMembers(Int)
    }

    private struct Member: Sendable {
        var path: [UInt8]
        var offset: Int
        var byteCount: Int
    }

    /// More members than this are refused: unpack the tar into a directory.
    private static let memberCountMax = 1_000_000
    private static let blockByteCount = 512
    private static let extensionByteCountMax = 1 << 20

    private let file: ConfinedFile
    /// Regular files, sorted by path.
    private let members: [Member]
    let findings: [Finding]

    /// - Parameter path: a file that the caller names.
    package convenience init(path: String) throws(Unreadable) {
        let file: ConfinedFile
        do throws(ConfinedDirectory.Problem) { file = try ConfinedFile(path) } catch { throw .file(error) }
        try self.init(file)
    }

    init(_ file: ConfinedFile) throws(Unreadable) {
        self.file = file
        var members: [Member] = []
        var findings: [Finding] = []
        do throws(ConfinedDirectory.Problem) {
            var at = 0
            var longName: [UInt8]?
            var longSize: Int?
            while at + Self.blockByteCount <= file.byteCount {
                let block = try file.read(at: at, count: Self.blockByteCount)
                if block.allSatisfy({ $0 == 0 }) {
                    if try Self.hasMore(file, from: at) {
                        findings.append(
                            Finding(
                                .tarDamaged, "byte \(at)",
                                "the tar ends at byte \(at), and more stands behind its end: some readers go on there"))
                    }
                    break
                }
                guard Self.checksumHolds(block), let stated = Self.number(block[124..<136]) else {
                    findings.append(
                        Finding(
                            .tarDamaged, "byte \(at)",
                            "the tar is damaged: no header of a member stands at byte \(at); "
                                + "what follows was not read. Take another copy"))
                    break
                }
                let size = longSize ?? stated
                let content = at + Self.blockByteCount
                guard size >= 0, size <= file.byteCount - content else {
                    findings.append(
                        Finding(
                            .tarDamaged, "byte \(at)",
                            "the tar is cut off: a member of \(size) bytes begins at byte \(at)"))
                    break
                }
                let type = block[156]
                at = content + (size + Self.blockByteCount - 1) / Self.blockByteCount * Self.blockByteCount
                switch type {
                case UInt8(ascii: "L"), UInt8(ascii: "x"):
                    // Readers disagree about headers as large as this, about several for one member, and about damaged ones.
                    guard size <= Self.extensionByteCountMax else {
                        findings.append(Self.unclear(at: content, "has \(size) bytes"))
                        continue
                    }
                    let bytes = try file.read(at: content, count: size)
                    if longName != nil || longSize != nil {
                        findings.append(Self.unclear(at: content, "is the second of one member"))
                    }
                    if type == UInt8(ascii: "L") {
                        longName = Array(bytes.prefix { $0 != 0 })
                    } else if let records = Self.records(bytes) {
                        for (name, value) in records {
                            if name == "path" { longName = value }
                            if name == "size" { longSize = Int(String(decoding: value, as: UTF8.self)) }
                            if name.hasPrefix("GNU.sparse.") {
                                findings.append(Self.unclear(at: content, "makes the member sparse"))
                            }
                        }
                    } else {
                        findings.append(Self.unclear(at: content, "is damaged"))
                    }
                    continue
                case UInt8(ascii: "g"):
                    let bytes = size <= Self.extensionByteCountMax ? try file.read(at: content, count: size) : []
                    let names = Self.records(bytes)?.map(\.name) ?? ["path"]
                    if size > Self.extensionByteCountMax
                        || names.contains(where: { $0 == "path" || $0 == "size" || $0.hasPrefix("GNU.sparse.") })
                    {
                        findings.append(Self.unclear(at: content, "speaks for all members"))
                    }
                    continue
                case UInt8(ascii: "K"): continue
                default: break
                }
                let raw = longName ?? Self.name(block)
                (longName, longSize) = (nil, nil)
                let isDirectory = type == UInt8(ascii: "5")
                guard let path = Self.clean(raw) else {
                    let text = String(decoding: raw, as: UTF8.self)
                    if !isDirectory || text.split(separator: "/").contains("..") || text.hasPrefix("/") {
                        findings.append(
                            Finding(
                                .tarName, text, "a member's name leads out of the archive, or is none: it was not read")
                        )
                    }
                    continue
                }
                if isDirectory {
                    if size > 0 { findings.append(Self.unclear(at: content, "belongs to a folder with \(size) bytes")) }
                    continue
                }
                guard type == 0 || type == UInt8(ascii: "0") || type == UInt8(ascii: "7") else {
                    findings.append(
                        Finding(
                            .tarIrregular, String(decoding: path, as: UTF8.self),
                            "a member is a link, a device or something else that is no file: it was not read"))
                    continue
                }
                members.append(Member(path: path, offset: content, byteCount: size))
                guard members.count <= Self.memberCountMax else { throw ConfinedDirectory.Problem.failed(errno: -1) }
            }
        } catch {
            if members.count > Self.memberCountMax { throw .tooManyMembers(Self.memberCountMax) }
            throw .file(error)
        }
        members.sort { a, b in
            a.path == b.path ? a.offset < b.offset : a.path.lexicographicallyPrecedes(b.path)
        }
        for i in members.indices.dropFirst() where members[i].path == members[i - 1].path {
            findings.append(
                Finding(
                    .tarRepeated, String(decoding: members[i].path, as: UTF8.self),
                    "the name stands twice in the tar: readers disagree which one counts, 'tar x' leaves the last"))
        }
        self.members = members
        self.findings = findings
    }

    /// The first member of a path: the others are findings.
    func open(_ path: String) throws(ArchiveProblem) -> ArchiveObject {
        let wanted = Array(path.utf8)
        let i = place(of: wanted)
        guard i < members.count, members[i].path == wanted else { throw .missing }
        return ArchiveObject(file, offset: members[i].offset, byteCount: members[i].byteCount)
    }

    /// What stands directly below a path, which ends in a slash or is empty.
    func level(_ path: String) -> Archive.Level {
        let prefix = path.isEmpty || path.hasSuffix("/") ? Array(path.utf8) : Array(path.utf8) + [UInt8(ascii: "/")]
        var level = Archive.Level()
        var i = place(of: prefix)
        while i < members.count, members[i].path.starts(with: prefix) {
            let rest = members[i].path.dropFirst(prefix.count)
            guard let slash = rest.firstIndex(of: UInt8(ascii: "/")) else {
                let name = String(decoding: rest, as: UTF8.self)
                if level.files.last != name { level.files.append(name) }
                i += 1
                continue
            }
            level.folders.append(String(decoding: rest[..<slash], as: UTF8.self))
            // Behind everything in that folder: '0' is the byte behind the slash.
            i = place(of: members[i].path[..<slash] + [UInt8(ascii: "/") + 1])
        }
        return level
    }

    private func place(of path: [UInt8]) -> Int {
        var (low, high) = (0, members.count)
        while low < high {
            let middle = (low + high) / 2
            if members[middle].path.lexicographicallyPrecedes(path) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func place(of path: ArraySlice<UInt8>) -> Int { place(of: Array(path)) }

    // MARK: Headers

    private static func unclear(at offset: Int, _ what: String) -> Finding {
        Finding(
            .tarIrregular, "byte \(offset)", expected: "a header that every reader takes alike",
            "a header of the tar \(what): readers disagree what the member behind it is called, or where it ends")
    }

    /// Whether anything but zeros stands behind an offset.
    private static func hasMore(_ file: ConfinedFile, from offset: Int) throws(ConfinedDirectory.Problem) -> Bool {
        var at = offset
        while at < file.byteCount {
            let piece = try file.read(at: at, count: min(64 << 10, file.byteCount - at))
            if piece.isEmpty { return false }
            if piece.contains(where: { $0 != 0 }) { return true }
            at += piece.count
        }
        return false
    }

    private static func checksumHolds(_ block: [UInt8]) -> Bool {
        guard let stated = number(block[148..<156]) else { return false }
        let sum = block.enumerated().reduce(0) { $0 + ((148..<156).contains($1.offset) ? 32 : Int($1.element)) }
        return sum == stated
    }

    /// A number in octal, or in base 256 with the first bit set.
    private static func number(_ field: ArraySlice<UInt8>) -> Int? {
        if let first = field.first, first & 0x80 != 0 {
            var value = Int(first & 0x7F)
            for byte in field.dropFirst() {
                guard value < 1 << 50 else { return nil }
                value = value << 8 | Int(byte)
            }
            return value
        }
        let digits = field.drop { $0 == 0x20 }.prefix { $0 != 0 && $0 != 0x20 }
        if digits.isEmpty { return 0 }
        return Int(String(decoding: digits, as: UTF8.self), radix: 8)
    }

    private static func name(_ block: [UInt8]) -> [UInt8] {
        let name = Array(block[0..<100].prefix { $0 != 0 })
        guard block[257..<262].elementsEqual("ustar".utf8) else { return name }
        let prefix = block[345..<500].prefix { $0 != 0 }
        return prefix.isEmpty ? name : Array(prefix) + [UInt8(ascii: "/")] + name
    }

    /// `LENGTH NAME=VALUE\n`, one behind the other.
    private static func records(_ bytes: [UInt8]) -> [(name: String, value: [UInt8])]? {
        var (records, at): ([(String, [UInt8])], Int) = ([], 0)
        while at < bytes.count {
            guard let space = bytes[at...].firstIndex(of: 0x20), (1...7).contains(space - at),
                bytes[at..<space].allSatisfy({ (0x30...0x39).contains($0) }),
                let length = Int(String(decoding: bytes[at..<space], as: UTF8.self)), length > space - at + 1,
                at + length <= bytes.count, bytes[at + length - 1] == 0x0A,
                let equals = bytes[space..<at + length - 1].firstIndex(of: UInt8(ascii: "="))
            else { return nil }
            records.append(
                (String(decoding: bytes[space + 1..<equals], as: UTF8.self), Array(bytes[equals + 1..<at + length - 1]))
            )
            at += length
        }
        return records
    }

    /// A relative path without `.`; nil when it is absolute, leads up, or is no name.
    private static func clean(_ raw: [UInt8]) -> [UInt8]? {
        guard raw.first != UInt8(ascii: "/"), String(validating: raw, as: UTF8.self) != nil else { return nil }
        let parts = raw.split(separator: UInt8(ascii: "/")).filter { !$0.elementsEqual([UInt8(ascii: ".")]) }
        guard !parts.isEmpty, !parts.contains(where: { $0.elementsEqual("..".utf8) }) else { return nil }
        return Array(parts.joined(separator: [UInt8(ascii: "/")]))
    }
}
