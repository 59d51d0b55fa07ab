import Synchronization

/// As many workspaces as files may be checked at the same time; whoever finds none waits. This, not the number of tasks, is
/// what bounds memory and the load on a store.
final class WorkspacePool: Sendable {
    private struct State {
        var free: [Workspace]
        var waiting: [CheckedContinuation<Workspace, Never>] = []
    }

    private let state: Mutex<State>
    let count: Int

    init(count: Int) {
        self.count = count
        state = Mutex(State(free: (0..<count).map { _ in Workspace() }))
    }

    func with<Result: Sendable>(_ body: (Workspace) async -> Result) async -> Result {
        let workspace = await withCheckedContinuation { continuation in
            let free = state.withLock { state in
                if state.free.isEmpty { state.waiting.append(continuation) }
                return state.free.popLast()
            }
            if let free { continuation.resume(returning: free) }
        }
        let result = await body(workspace)
        let next = state.withLock { state -> CheckedContinuation<Workspace, Never>? in
            if state.waiting.isEmpty {
                state.free.append(workspace)
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.resume(returning: workspace)
        return result
    }
}
