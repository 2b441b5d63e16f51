// NEVER BUILT: there was no Xcode where this was written. All that it does is to call waifu4x.h.
import Foundation
import Waifu4xCore

public struct Waifu4xError: Error {
    public let code: Int
    public let text: String
}

/// One file of a bundle. Not for several threads at once.
public final class Network {
    private var network: OpaquePointer?

    public init(bundle: URL, file: String, threads: Int32 = 4) throws {
        try check(waifu4x_load(bundle.path, file, threads, &network))
    }

    deinit { waifu4x_free(network) }

    /// RGBA rows of `width` pixels to RGBA rows as often wider, a band after the other. `progress` gives false to stop.
    public func enlarge(
        rgba: Data, width: Int32, height: Int32, core: Int32 = 128,
        progress: @escaping (Double) -> Bool = { _ in true }, rows: @escaping (Data) -> Void
    ) throws {
        let calls = Calls(rowBytes: Int(width * waifu4x_scale(network)) * 4, progress: progress, rows: rows)
        try rgba.withUnsafeBytes { bytes in
            var picture = waifu4x_picture(
                width: width, height: height, channels: 4, row_bytes: Int(width) * 4,
                pixels: bytes.bindMemory(to: UInt8.self).baseAddress)
            var callbacks = waifu4x_callbacks(
                user: Unmanaged.passUnretained(calls).toOpaque(),
                write_rows: { user, _, count, data in
                    let calls = Calls.of(user)
                    calls.rows(Data(bytes: data!, count: Int(count) * calls.rowBytes))
                    return 0
                },
                progress: { user, done, total in Calls.of(user).show(done, total) },
                is_cancelled: { user in Calls.of(user).isStopped ? 1 : 0 })
            try withExtendedLifetime(calls) { try check(waifu4x_run(network, &picture, core, &callbacks)) }
        }
    }
}

private final class Calls {
    let rowBytes: Int, progress: (Double) -> Bool, rows: (Data) -> Void
    var isStopped = false

    init(rowBytes: Int, progress: @escaping (Double) -> Bool, rows: @escaping (Data) -> Void) {
        (self.rowBytes, self.progress, self.rows) = (rowBytes, progress, rows)
    }

    static func of(_ user: UnsafeMutableRawPointer?) -> Calls {
        Unmanaged<Calls>.fromOpaque(user!).takeUnretainedValue()
    }

    func show(_ done: Int64, _ total: Int64) { isStopped = !progress(Double(done) / Double(total)) }
}

private func check(_ status: waifu4x_status) throws {
    if status == WAIFU4X_OK { return }
    throw Waifu4xError(code: Int(status.rawValue), text: String(cString: waifu4x_error_text()))
}
