import CairnFormat
import CairnNative
import CairnSystem
import CairnTestKit
import CairnValidation
import Glibc

extension FuzzTarget {
    /// A tar of unknown origin is validated to its end.
    static let tar = FuzzTarget(name: "tar") { (input) throws(Broken) in
        // Readers of archives want a file; one in memory is as good as another.
        let path = "/dev/shm/cairn-fuzz-\(getpid()).tar"
        guard let file = fopen(path, "w") else { throw Broken("\(path) cannot be written") }
        let isWritten = fwrite(input, 1, input.count, file) == input.count
        guard fclose(file) == 0, isWritten else { throw Broken("\(path) cannot be written") }
        defer { unlink(path) }
        let isDone: Bool? = Stepper.complete { time in
            guard let index = try? TarIndex(path: path) else { return true }
            var scope = Scope(now: EventTime(seconds: time.now.seconds))
            scope.period = 3_600
            let archive = Archive(.tar(index), only: nil, name: "fuzz")
            _ = await Validation(archive, keys: PublicKeys(pins: []), fileKeys: nil, scope: scope)
                .run(report: { _ in }, progress: { _ in })
            return true
        }
        guard isDone == true else { throw Broken("the validation waits for ever") }
    }
}
