// swift-tools-version: 5.9
// NEVER BUILT: there was no Xcode where this was written. The C core that it builds is built and tested on Linux.
import PackageDescription

let package = Package(
    name: "Waifu4x",
    platforms: [.iOS(.v15), .macOS(.v12)],
    products: [.library(name: "Waifu4x", targets: ["Waifu4x"])],
    dependencies: [.package(url: "https://github.com/google-ai-edge/LiteRT", exact: "2.3.0")],
    targets: [
        .target(
            name: "Waifu4xCore",
            dependencies: [.product(name: "LiteRT", package: "LiteRT")],
            path: "cpp",
            exclude: ["CMakeLists.txt", "main.cc", "picture_file.cc", "picture_file.h"],
            publicHeadersPath: "module",
            // A fused multiplication and addition rounds once instead of twice: colours under alpha would differ.
            cxxSettings: [.unsafeFlags(["-ffp-contract=off"])]
        ),
        .target(name: "Waifu4x", dependencies: ["Waifu4xCore"], path: "ios/Sources/Waifu4x"),
    ],
    cxxLanguageStandard: .cxx17
)
