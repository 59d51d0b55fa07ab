import CairnNative
import Glibc

/// Reads events from a file or from standard input, a batch at a time: lines, an array, or `{"Records":[…]}`, gzip or not.
struct EventFeed {
    /// Events with their places: for lines the number of the line, else the number of the element, both from 1.
    struct Batch {
        var bytes: [UInt8] = []
        var numbers: [Int] = []
        var isEmpty: Bool { numbers.isEmpty }
    }

    private static let chunkByteCount = 1 << 20
    private static let batchByteCount = 2 << 20
    private static let batchCount = 500
    /// An array has to be held whole; a log file of CloudTrail has 50 MB at most.
    private static let arrayByteCountMax = 256 << 20

    private let descriptor: Int32
    private let name: String
    private var gzip: GzipStream?
    private var isFirst = true
    private var isEnded = false
    private var buffer: [UInt8] = []
    private var at = 0
    private(set) var number = 0
    private var elements: JSONElements?

    /// - Parameter path: `-` is standard input.
    init(path: String) throws {
        name = path
        descriptor = path == "-" ? 0 : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure("cannot read \(path): \(String(cString: strerror(errno)))") }
    }

    func close() { if descriptor > 0 { Glibc.close(descriptor) } }

    /// The next events; an empty batch at the end.
    mutating func next() throws -> Batch {
        if isFirst { try begin() }
        return elements == nil ? try nextLines() : try nextElements()
    }

    private mutating func begin() throws {
        isFirst = false
        try fill()
        // The first bytes tell an array from lines.
        guard JSONElements(buffer, count: buffer.count) != nil else { return }
        while !isEnded {
            try fill()
            guard buffer.count <= Self.arrayByteCountMax else {
                throw Failure(
                    "\(name): an array of more than \(Self.arrayByteCountMax) bytes: send it as one event a line")
            }
        }
        elements = JSONElements(buffer, count: buffer.count)
    }

    private mutating func fill() throws {
        guard !isEnded else { return }
        var chunk = [UInt8](repeating: 0, count: Self.chunkByteCount)
        let got = chunk.withUnsafeMutableBytes { read(descriptor, $0.baseAddress!, $0.count) }
        guard got >= 0 else { throw Failure("cannot read \(name): \(String(cString: strerror(errno)))") }
        chunk.removeLast(chunk.count - got)
        if gzip == nil, buffer.isEmpty, number == 0, chunk.starts(with: [0x1F, 0x8B]) {
            gzip = GzipStream(limit: .max)
        }
        if let gzip {
            do throws(GzipProblem) {
                try gzip.inflate(chunk, into: &buffer)
                if got == 0, !gzip.isComplete { throw GzipProblem.truncated(byteCount: buffer.count) }
            } catch { throw Failure("\(name): \(error)") }
        } else {
            buffer.append(contentsOf: chunk)
        }
        if got == 0 { isEnded = true }
    }

    private mutating func nextLines() throws -> Batch {
        var batch = Batch()
        while batch.numbers.count < Self.batchCount, batch.bytes.count < Self.batchByteCount {
            guard let end = buffer.firstIndex(of: UInt8(ascii: "\n"), in: at..<buffer.count) else {
                if !isEnded {
                    buffer.removeFirst(at)
                    at = 0
                    try fill()
                    continue
                }
                if at < buffer.count { add(at..<buffer.count, to: &batch) }
                at = buffer.count
                break
            }
            add(at..<end, to: &batch)
            at = end + 1
        }
        return batch
    }

    private mutating func nextElements() throws -> Batch {
        var batch = Batch()
        while batch.numbers.count < Self.batchCount, batch.bytes.count < Self.batchByteCount {
            do throws(JSONProblem) {
                guard let range = try elements!.next(buffer) else { break }
                number += 1
                // One a line: a line feed inside an element stands between tokens and may be a blank.
                batch.bytes.append(contentsOf: buffer[range].lazy.map { $0 == 0x0A ? 0x20 : $0 })
                batch.bytes.append(0x0A)
                batch.numbers.append(number)
            } catch { throw Failure("\(name): \(error)") }
        }
        return batch
    }

    private mutating func add(_ range: Range<Int>, to batch: inout Batch) {
        number += 1
        guard buffer[range].contains(where: { $0 != 0x20 && $0 != 0x0D && $0 != 0x09 }) else { return }
        batch.bytes.append(buffer, range)
        batch.bytes.append(0x0A)
        batch.numbers.append(number)
    }
}
