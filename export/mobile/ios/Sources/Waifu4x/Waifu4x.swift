// NEVER BUILT: there was no Xcode where this was written. All that it does is to call waifu4x.h.
import Foundation
import Waifu4xCore

public struct Waifu4xError: Error {
    public let code: Int, text: String
}

private typealias TakeRows = (_ first: Int32, _ count: Int32, _ rows: UnsafePointer<UInt8>) -> Bool

/// One file of a bundle. Not for several threads at once.
public final class Network {
    private var network: OpaquePointer?

    public init(bundle: URL, file: String, threads: Int32 = 4) throws {
        try check(waifu4x_load(bundle.path, file, threads, &network))
    }

    deinit { waifu4x_free(network) }

    /// RGBA rows of `width` pixels to RGBA rows as often wider. `band` gets some of these, from the top to the bottom,
    /// and the share of the picture that is done with them, up to 1; it gives false to stop.
    public func enlarge(
        rgba: Data, width: Int32, height: Int32, core: Int32 = 128, band: @escaping (Data, Double) -> Bool
    ) throws {
        let scale = Int(waifu4x_scale(network))
        var take: TakeRows = { first, count, rows in
            let data = Data(bytes: rows, count: Int(count) * Int(width) * scale * 4)
            return band(data, Double(first + count) / Double(Int(height) * scale))
        }
        try rgba.withUnsafeBytes { bytes in
            var picture = waifu4x_picture(
                width: width, height: height, channels: 4, row_bytes: Int(width) * 4,
                pixels: bytes.bindMemory(to: UInt8.self).baseAddress)
            try withUnsafeMutablePointer(to: &take) { user in
                var callbacks = waifu4x_callbacks(
                    user: user,
                    write_rows: { user, first, count, rows in
                        user!.assumingMemoryBound(to: TakeRows.self).pointee(first, count, rows!) ? 0 : 1
                    },
                    progress: nil, is_cancelled: nil)
                try check(waifu4x_run(network, &picture, core, &callbacks))
            }
        }
    }
}

private func check(_ status: waifu4x_status) throws {
    if status == WAIFU4X_OK { return }
    throw Waifu4xError(code: Int(status.rawValue), text: String(cString: waifu4x_error_text()))
}
