// Enlarges pictures of any size with one file of a bundle: tiles with overlap, exact stitching, alpha.
//
// NEVER COMPILED OR RUN by this project. Written for the pod TensorFlowLiteSwift 2.17.0, LiteRT's interpreter on
// iOS. What is compiled, run and held to load_upscaler(FILE, raw=True) in Python byte for byte is ../cpp; from coreEdge
// on, this file has the functions of ../cpp/waifu4x.cc in the same order, and its tiling agrees line for line
// (tests/export/test_mobile.py).
//
//     let network = try Network(readModelFile(bundle, "compact_int8_dynamic.tflite"), threads: 4)
//     let large = try Upscaler(network).upscale(Picture(width: width, height: height, rgb: rgb, alpha: alpha))

import Foundation
import TensorFlowLite

/// What went wrong, for a person: the rule, what came, and the way out.
struct Waifu4xError: Error, CustomStringConvertible {
    let description: String

    init(_ rule: String, _ received: String, _ wayOut: String) {
        description = "\(rule) Received: \(received). \(wayOut)"
    }
}

struct Picture {
    let width: Int
    let height: Int
    /// (height, width, 3), 0 to 255. Grey pictures have the same value three times.
    let rgb: [UInt8]
    /// (height, width), 0 transparent to 255 opaque, not multiplied into the colours; empty = no alpha channel.
    var alpha: [UInt8] = []
}

/// One .tflite of a bundle, as the bundle's model.json describes it.
struct ModelFile {
    let path: String
    /// false: uint8 in and out, where a value is the pixel. true: float32 in and out, 0 to 1.
    let isFloat: Bool
    /// How many times larger the answer is.
    let scale: Int
    /// How far one answered pixel looks; a tile carries that much on each side of its core.
    let overlap: Int
    /// Height and width that the file takes, when it takes no other; 0 = any.
    let edge: Int
}

private struct ModelJson: Decodable {
    struct Edge: Decodable {
        let type: String
    }
    struct Tile: Decodable {
        let edgePx: Int?
        let overlapPx: Int
    }
    struct File: Decodable {
        let file: String
        let input: Edge
        let output: Edge
        let scale: Int
        let receptiveRadius: Int
        let tile: Tile
    }
    let files: [File]
}

/// What folder/model.json says of the file `name`.
func readModelFile(_ folder: URL, _ name: String) throws -> ModelFile {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let content = try Data(contentsOf: folder.appendingPathComponent("model.json"))
    let known = try decoder.decode(ModelJson.self, from: content)
    guard let file = known.files.first(where: { $0.file == name }) else {
        throw Waifu4xError("A model file is one that model.json names.", name, "Give one of those.")
    }
    let type = file.input.type
    let overlap = file.tile.overlapPx
    let edge = file.tile.edgePx ?? 0
    let good = ["uint8", "float32"].contains(type) && type == file.output.type
    if !good || overlap < file.receptiveRadius || (edge > 0 && edge <= 2 * overlap) {
        throw Waifu4xError("A model.json describes its files.", "a wrong entry for \(name)", "Export it again.")
    }
    return ModelFile(path: folder.appendingPathComponent(name).path, isFloat: type == "float32", scale: file.scale,
                     overlap: overlap, edge: edge)
}

/// Runs one .tflite on the CPU. The only part that knows LiteRT; used by one thread at a time.
final class Network {
    let file: ModelFile
    private let interpreter: Interpreter
    private var width = 0
    private var height = 0

    init(_ file: ModelFile, threads: Int) throws {
        self.file = file
        var options = Interpreter.Options()
        options.threadCount = threads
        options.isXNNPackEnabled = true
        interpreter = try Interpreter(modelPath: file.path, options: options)
        try interpreter.allocateTensors()
        let type: Tensor.DataType = file.isFloat ? .float32 : .uInt8
        let types = try [interpreter.input(at: 0).dataType, interpreter.output(at: 0).dataType]
        if types == [type, type] { return }
        throw Waifu4xError("A file is of the type that model.json says.", file.path, "Export it again.")
    }

    /// A tile, RGB (height, width, 3), to its answer, RGB (height * scale, width * scale, 3).
    func run(_ tile: [UInt8], _ width: Int, _ height: Int) throws -> [UInt8] {
        if width != self.width || height != self.height { try resize(width, height) }
        try write(tile)
        try interpreter.invoke()
        return try read()
    }

    private func resize(_ width: Int, _ height: Int) throws {
        if file.edge == 0 { try interpreter.resizeInput(at: 0, to: Tensor.Shape([1, height, width, 3])) }
        try interpreter.allocateTensors()
        let expected = [1, height * file.scale, width * file.scale, 3]
        let shape = try interpreter.output(at: 0).shape.dimensions
        if shape != expected {
            throw Waifu4xError("A network of scale \(file.scale) answers with that many times the tile.",
                               "\(shape) from \(file.path)", "Export it again.")
        }
        self.width = width
        self.height = height
    }

    private func write(_ tile: [UInt8]) throws {
        if !file.isFloat {
            try interpreter.copy(Data(tile), toInputAt: 0)
            return
        }
        let values = tile.map { Float($0) / 255 }
        try interpreter.copy(values.withUnsafeBufferPointer { Data(buffer: $0) }, toInputAt: 0)
    }

    private func read() throws -> [UInt8] {
        let data = try interpreter.output(at: 0).data
        if !file.isFloat { return [UInt8](data) }
        let values = data.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        return try values.map { value in
            if !value.isFinite {
                throw Waifu4xError("A network gives finite numbers.", "NaN or infinity", "Use the int8 file.")
            }
            return UInt8((min(max(value, 0), 1) * 255).rounded(.toNearestOrEven))
        }
    }
}

// The tiling ------------------------------------------------------------------------------------------------------

/// The core's edge along one side: as few cores as `largest` allows, all of one size.
private func coreEdge(_ side: Int, _ largest: Int) -> Int {
    if largest == 0 || side <= largest { return side }
    let count = (side + largest - 1) / largest
    return (side + count - 1) / count
}

/// Where cores begin along one side; the last one ends with the side, so every tile has one shape.
private func coreStarts(_ side: Int, _ core: Int) -> [Int] {
    var starts: [Int] = []
    for start in stride(from: 0, to: side - core, by: core) { starts.append(start) }
    starts.append(max(0, side - core))
    return starts
}

/// A core with its overlap on every side; outside the picture the nearest pixel of its edge.
private func cutTile(
    _ rgb: [UInt8], _ width: Int, _ height: Int, _ left: Int, _ top: Int, _ tileWidth: Int, _ tileHeight: Int,
    _ overlap: Int
) -> [UInt8] {
    var tile = [UInt8](repeating: 0, count: 3 * tileWidth * tileHeight)
    for y in 0..<tileHeight {
        let fromY = min(max(top + y - overlap, 0), height - 1)
        for x in 0..<tileWidth {
            let fromX = min(max(left + x - overlap, 0), width - 1)
            for channel in 0..<3 {
                tile[3 * (y * tileWidth + x) + channel] = rgb[3 * (fromY * width + fromX) + channel]
            }
        }
    }
    return tile
}

/// An answer without its border, laid into the large picture; all measures are large pixels.
private func placeCore(
    _ answer: [UInt8], _ tileWidth: Int, _ border: Int, _ large: inout [UInt8], _ width: Int, _ height: Int,
    _ left: Int, _ top: Int, _ coreWidth: Int, _ coreHeight: Int
) {
    let rows = min(coreHeight, height - top)
    let columns = min(coreWidth, width - left)
    for y in 0..<rows {
        let from = 3 * ((y + border) * tileWidth + border)
        let to = 3 * ((y + top) * width + left)
        for index in 0..<3 * columns {
            large[to + index] = answer[from + index]
        }
    }
}

// Grey ------------------------------------------------------------------------------------------------------------

private func isGrey(_ rgb: [UInt8]) -> Bool {
    for index in stride(from: 0, to: rgb.count, by: 3) {
        if rgb[index] != rgb[index + 1] || rgb[index] != rgb[index + 2] { return false }
    }
    return true
}

/// Every channel becomes the rounded mean of the three.
private func makeGrey(_ rgb: inout [UInt8]) {
    for index in stride(from: 0, to: rgb.count, by: 3) {
        let mean = (Int(rgb[index]) + Int(rgb[index + 1]) + Int(rgb[index + 2]) + 1) / 3
        for channel in 0..<3 { rgb[index + channel] = UInt8(mean) }
    }
}

// Alpha -----------------------------------------------------------------------------------------------------------

/// Visible pixels count where a block of this edge, or one beside it, has a transparent pixel.
private let blockEdge = 8
/// Colours are averaged so many times 2 x 2, and spread from there over so many pixels of that level.
private let levels = 4
private let rings = 3

/// One level of the pyramid that fills colours under transparency.
private struct Level {
    let width: Int
    let height: Int
    /// (height, width, 3), 0 to 255.
    var colour: [Float]
    /// (height, width), 0 to 1: how much of the colour is known.
    var weight: [Float]
}

/// Means of colours by weight, and the sums of their weights, at most 1: of each square of `step` pixels, with `margin`
/// pixels more on every side. Outside the level nothing is known.
private func averaged(_ fine: Level, _ step: Int, _ margin: Int) -> Level {
    let width = (fine.width + step - 1) / step
    let height = (fine.height + step - 1) / step
    var coarse = Level(width: width, height: height, colour: [Float](repeating: 0, count: 3 * width * height),
                       weight: [Float](repeating: 0, count: width * height))
    for y in 0..<height {
        for x in 0..<width {
            let left = max(step * x - margin, 0)
            let right = min(step * x + step + margin, fine.width)
            let top = max(step * y - margin, 0)
            let bottom = min(step * y + step + margin, fine.height)
            var sums: [Float] = [0, 0, 0, 0]
            // Each column's pixels first, then the columns: sums of floats depend on their order.
            for column in left..<right {
                var columnSums: [Float] = [0, 0, 0, 0]
                for row in top..<bottom {
                    let pixel = row * fine.width + column
                    let weight = fine.weight[pixel]
                    for channel in 0..<3 {
                        columnSums[channel] += fine.colour[3 * pixel + channel] * weight
                    }
                    columnSums[3] += weight
                }
                for index in 0..<4 { sums[index] += columnSums[index] }
            }
            let pixel = y * width + x
            for channel in 0..<3 {
                coarse.colour[3 * pixel + channel] = sums[channel] / max(sums[3], 1e-12)
            }
            coarse.weight[pixel] = min(sums[3], 1)
        }
    }
    return coarse
}

/// One value of the enlargement by two, between pixel centres: three quarters of the nearest, a quarter of the one
/// beyond. `position` is the large pixel, `count` the small ones, `stride` the step from one to the next.
private func between(_ values: [Float], _ offset: Int, _ position: Int, _ count: Int, _ stride: Int) -> Float {
    let near = position / 2
    let beyond = min(max(near + (position % 2 == 1 ? 1 : -1), 0), count - 1)
    return 0.75 * values[offset + near * stride] + 0.25 * values[offset + beyond * stride]
}

/// The bilinear enlargement of a level's colours by two, cut to width x height: rows first, then columns.
private func doubled(_ coarse: Level, _ width: Int, _ height: Int) -> [Float] {
    var row = [Float](repeating: 0, count: 3 * coarse.width)
    var result = [Float](repeating: 0, count: 3 * width * height)
    for y in 0..<height {
        for index in 0..<3 * coarse.width {
            row[index] = between(coarse.colour, index, y, coarse.height, 3 * coarse.width)
        }
        for index in 0..<3 * width {
            result[3 * width * y + index] = between(row, index % 3, index / 3, coarse.width, 3)
        }
    }
    return result
}

/// Puts a level's colours over others, by their weights.
private func overlay(_ level: Level, _ colours: inout [Float]) {
    for index in colours.indices {
        colours[index] += (level.colour[index] - colours[index]) * level.weight[index / 3]
    }
}

/// The level's colours, spread ring by ring; beyond the rings 0.
private func spread(_ coarsest: Level) -> [Float] {
    var level = coarsest
    for _ in 0..<rings {
        var wider = averaged(level, 1, 1)
        overlay(level, &wider.colour)
        level = wider
    }
    return level.colour
}

/// The level's colours, where unknown those of the coarser levels.
private func filled(_ level: Level, _ coarserLevels: Int) -> [Float] {
    let known = level.weight.allSatisfy { $0 >= 1 }
    if known || level.weight.count == 1 { return level.colour }
    if coarserLevels == 0 { return spread(level) }
    var coarse = averaged(level, 2, 0)
    coarse.colour = filled(coarse, coarserLevels - 1)
    var colours = doubled(coarse, level.width, level.height)
    overlay(level, &colours)
    return colours
}

/// How much each pixel's colour counts, 0 to 1: by its alpha near transparent pixels, else not at all.
private func weights(_ alpha: [UInt8], _ width: Int, _ height: Int) -> [Float] {
    let columns = (width + blockEdge - 1) / blockEdge
    let rows = (height + blockEdge - 1) / blockEdge
    var counts = [Bool](repeating: false, count: rows * columns)
    for y in 0..<height {
        for x in 0..<width where alpha[y * width + x] == 0 {
            let blockY = y / blockEdge
            let blockX = x / blockEdge
            for row in max(blockY - 1, 0)...min(blockY + 1, rows - 1) {
                for column in max(blockX - 1, 0)...min(blockX + 1, columns - 1) {
                    counts[row * columns + column] = true
                }
            }
        }
    }
    var result = [Float](repeating: 0, count: width * height)
    for y in 0..<height {
        for x in 0..<width where counts[y / blockEdge * columns + x / blockEdge] {
            result[y * width + x] = Float(alpha[y * width + x]) / 255
        }
    }
    return result
}

/// The colours with those under fully transparent pixels filled from visible ones near them: a network sees them.
private func bleed(_ picture: Picture) -> [UInt8] {
    let hidden = picture.alpha.filter { $0 == 0 }.count
    if hidden == 0 || hidden == picture.alpha.count { return picture.rgb }
    let known = picture.rgb.map { Float($0) }
    let weight = weights(picture.alpha, picture.width, picture.height)
    let level = Level(width: picture.width, height: picture.height, colour: known, weight: weight)
    var coarse = averaged(level, 2, 0)
    coarse.colour = filled(coarse, levels - 1)
    let colours = doubled(coarse, picture.width, picture.height)
    var rgb = picture.rgb
    for index in rgb.indices where picture.alpha[index / 3] == 0 {
        rgb[index] = UInt8(colours[index].rounded(.toNearestOrEven))
    }
    return rgb
}

/// Enlarges pictures with one network.
final class Upscaler {
    private let network: Network
    private let core: Int
    /// `core` is the largest edge of a tile without its overlap, in small pixels; 0 = the whole picture at once.
    /// Files of a fixed size have their own. Memory grows with it, the result does not change.
    init(_ network: Network, core: Int = 256) {
        self.network = network
        self.core = core
    }

    /// RGB (height, width, 3) to (height * scale, width * scale, 3), tile by tile.
    private func enlarge(_ rgb: [UInt8], _ width: Int, _ height: Int, _ grey: Bool) throws -> [UInt8] {
        let scale = network.file.scale
        let overlap = network.file.overlap
        let edge = network.file.edge
        let coreWidth = edge > 0 ? edge - 2 * overlap : coreEdge(width, core)
        let coreHeight = edge > 0 ? edge - 2 * overlap : coreEdge(height, core)
        let tileWidth = coreWidth + 2 * overlap
        let tileHeight = coreHeight + 2 * overlap
        var large = [UInt8](repeating: 0, count: 3 * width * scale * height * scale)
        for top in coreStarts(height, coreHeight) {
            for left in coreStarts(width, coreWidth) {
                let tile = cutTile(rgb, width, height, left, top, tileWidth, tileHeight, overlap)
                var answer = try network.run(tile, tileWidth, tileHeight)
                if grey { makeGrey(&answer) }
                placeCore(answer, tileWidth * scale, overlap * scale, &large, width * scale, height * scale,
                          left * scale, top * scale, coreWidth * scale, coreHeight * scale)
            }
        }
        return large
    }

    /// Alpha goes through the network as a grey picture. Each answered pixel is held between the least and the
    /// greatest of the 3 x 3 small pixels around it, so that what is transparent or opaque stays so and no edge
    /// rings.
    private func enlargeAlpha(_ alpha: [UInt8], _ width: Int, _ height: Int) throws -> [UInt8] {
        let scale = network.file.scale
        var large = [UInt8](repeating: alpha[0], count: width * scale * height * scale)
        if alpha.allSatisfy({ $0 == alpha[0] }) { return large }
        let grey = alpha.flatMap { [$0, $0, $0] }
        let enlarged = try enlarge(grey, width, height, true)
        let binary = alpha.allSatisfy { $0 == 0 || $0 == 255 }
        for y in 0..<height {
            for x in 0..<width {
                var low: UInt8 = 255
                var high: UInt8 = 0
                for row in max(y - 1, 0)...min(y + 1, height - 1) {
                    for column in max(x - 1, 0)...min(x + 1, width - 1) {
                        low = min(low, alpha[row * width + column])
                        high = max(high, alpha[row * width + column])
                    }
                }
                for row in y * scale..<(y + 1) * scale {
                    for column in x * scale..<(x + 1) * scale {
                        let pixel = row * width * scale + column
                        var value = enlarged[3 * pixel]
                        if binary { value = value >= 128 ? 255 : 0 }
                        large[pixel] = min(max(value, low), high)
                    }
                }
            }
        }
        return large
    }

    /// The picture `scale` times larger. Grey stays grey, alpha of 0 and 255 alone stays so.
    func upscale(_ picture: Picture) throws -> Picture {
        let width = picture.width
        let height = picture.height
        let scale = network.file.scale
        let margin = max(network.file.edge, 2 * network.file.overlap)
        if width < 1 || height < 1 || 3 * (width + margin) * scale * (height + margin) * scale > Int32.max {
            throw Waifu4xError("A picture has pixels, enlarged at most 2 GiB.", "\(width) x \(height)", "Cut it up.")
        }
        let pixels = width * height
        if picture.rgb.count != 3 * pixels || (!picture.alpha.isEmpty && picture.alpha.count != pixels) {
            throw Waifu4xError("A picture has 3 bytes a pixel, and 1 of alpha or none.",
                               "\(picture.rgb.count) and \(picture.alpha.count) for \(pixels)", "Give unpadded rows.")
        }
        let grey = isGrey(picture.rgb)
        if picture.alpha.isEmpty {
            return Picture(width: width * scale, height: height * scale,
                           rgb: try enlarge(picture.rgb, width, height, grey))
        }
        let rgb = try enlarge(bleed(picture), width, height, grey)
        return Picture(width: width * scale, height: height * scale, rgb: rgb,
                       alpha: try enlargeAlpha(picture.alpha, width, height))
    }
}
