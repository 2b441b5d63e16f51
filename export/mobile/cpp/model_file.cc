#include "model_file.h"

#include "error.h"
#include "json.h"

namespace waifu4x {
namespace {

constexpr char kWayOut[] = "Export the bundle again.";

constexpr int kSchemaVersion = 1;
constexpr int kLargestScale = 16;
// More than any picture's tile.
constexpr int kLongestSide = 32768;

[[noreturn]] void fail(const std::string& rule, const std::string& received, const std::string& way_out = kWayOut) {
  throw Error(WAIFU4X_WRONG_DESCRIPTION, rule, received, way_out);
}

const Json& member(const Json& object, const std::string& name, const std::string& where) {
  const Json* value = object.find(name);
  if (value == nullptr) fail("A model.json names " + where + name + ".", "one without");
  return *value;
}

std::string textMember(const Json& object, const std::string& name, const std::string& where) {
  const Json& value = member(object, name, where);
  if (value.kind != Json::Kind::text) {
    fail("A model.json's " + where + name + " is a text.", "another kind of value");
  }
  return value.text;
}

int wholeMember(const Json& object, const std::string& name, const std::string& where, int least,
                int most = kLongestSide) {
  const Json& value = member(object, name, where);
  if (value.kind != Json::Kind::number || !(value.number >= least && value.number <= most) ||
      value.number != static_cast<int>(value.number)) {
    fail("A model.json's " + where + name + " is a whole number from " + std::to_string(least) + " to " +
             std::to_string(most) + ".",
         value.kind == Json::Kind::number ? std::to_string(value.number) : "another kind of value");
  }
  return static_cast<int>(value.number);
}

// Whether the tensor is float32 rather than uint8, after checking what else it says.
bool isFloatTensor(const Json& file, const std::string& name) {
  const Json& tensor = member(file, name, "");
  const std::string where = name + ".";
  const std::string type = textMember(tensor, "type", where);
  if (type != "uint8" && type != "float32") {
    fail("A file's " + name + " is uint8 or float32.", type, "Choose another file of the bundle.");
  }
  if (textMember(tensor, "layout", where) != "NHWC" || textMember(tensor, "channels", where) != "RGB") {
    fail("A file's " + name + " is RGB in the layout NHWC.", "another");
  }
  const Json& range = member(tensor, "range", where);
  const double highest = type == "uint8" ? 255 : 1;
  if (range.items.size() != 2 || range.items[0].kind != Json::Kind::number || range.items[0].number != 0 ||
      range.items[1].kind != Json::Kind::number || range.items[1].number != highest) {
    fail("The range of " + type + " is 0 to " + (type == "uint8" ? "255." : "1."), "another");
  }
  return type == "float32";
}

// Height and width of a file that takes no other, 0 for any, after checking that the core follows from it.
int readSide(const Json& tile, int overlap) {
  if (member(tile, "side_px", "tile.").kind == Json::Kind::null) return 0;
  const int side = wholeMember(tile, "side_px", "tile.", 1);
  if (side <= 2 * overlap || wholeMember(tile, "core_px", "tile.", 1) != side - 2 * overlap) {
    fail("A tile's core is its side less twice the overlap, and at least 1 px.",
         "a side of " + std::to_string(side) + " px with an overlap of " + std::to_string(overlap));
  }
  return side;
}

}  // namespace

ModelFile readModelFile(const std::string& text, const std::string& source, const std::string& name) {
  const Json root = parseJson(text, source);
  const Json& version = member(root, "schema_version", "");
  if (version.kind != Json::Kind::number || version.number != kSchemaVersion) {
    fail("A model.json is of schema version " + std::to_string(kSchemaVersion) + ".", "another",
         "Export the bundle with the version of waifu4x that this program is of.");
  }
  std::string known;
  for (const Json& file : member(root, "files", "").items) {
    const std::string file_name = textMember(file, "file", "files.");
    if (file_name != name) {
      known += (known.empty() ? "" : ", ") + file_name;
      continue;
    }
    if (name.find_first_of("/\\") != std::string::npos) fail("A model file lies beside its model.json.", name);
    ModelFile result;
    result.name = name;
    result.sha256 = textMember(file, "sha256", "");
    result.isFloat = isFloatTensor(file, "input");
    if (isFloatTensor(file, "output") != result.isFloat) {
      fail("A file takes and gives the same type.", source + " with two for " + name);
    }
    result.scale = wholeMember(file, "scale", "", 1, kLargestScale);
    const int radius = wholeMember(file, "receptive_radius", "", 0);
    const Json& tile = member(file, "tile", "");
    result.overlap = wholeMember(tile, "overlap_px", "tile.", radius);
    result.side = readSide(tile, result.overlap);
    const std::string padding = textMember(file, "padding", "");
    if (padding != "inside" && padding != "caller") fail("A file's padding is inside or caller.", padding);
    result.padsInside = padding == "inside";
    if (result.padsInside && result.side > 0) fail("A file that pads inside takes any size.", "one of a fixed size");
    return result;
  }
  fail("A model file is one that model.json names.", name, "It names " + (known.empty() ? "none" : shown(known)) + ".");
}

}  // namespace waifu4x
