import Glibc

/// The system's resolver.
package enum NameLookup {
    /// Why a name has no address.
    package struct Problem: Error, Sendable, CustomStringConvertible {
        package let description: String
    }

    /// All addresses of a host, or the one that a text is. Blocks until the resolver answers.
    package static func addresses(of host: String) throws(Problem) -> [IPAddress] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_family = AF_UNSPEC
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, nil, &hints, &list)
        guard code == 0 else {
            throw Problem(description: "\(host) has no address: \(String(cString: gai_strerror(code)))")
        }
        defer { freeaddrinfo(list) }
        var found: [IPAddress] = []
        var entry = list
        while let info = entry?.pointee {
            if let address = address(info), !found.contains(address) { found.append(address) }
            entry = info.ai_next
        }
        guard !found.isEmpty else { throw Problem(description: "\(host) has no address") }
        return found
    }

    private static func address(_ info: addrinfo) -> IPAddress? {
        guard let raw = UnsafeRawPointer(info.ai_addr) else { return nil }
        switch info.ai_family {
        case AF_INET:
            var inner = raw.loadUnaligned(as: sockaddr_in.self).sin_addr
            return withUnsafeBytes(of: &inner) { IPAddress(Array($0)) }
        case AF_INET6:
            var inner = raw.loadUnaligned(as: sockaddr_in6.self).sin6_addr
            return withUnsafeBytes(of: &inner) { IPAddress(Array($0)) }
        default: return nil
        }
    }
}
