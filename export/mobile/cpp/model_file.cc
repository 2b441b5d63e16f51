#include "model_file.h"

#include <fstream>
#include <iterator>

#include "error.h"
#include "json.h"

namespace waifu4x {
namespace {

constexpr char kWayOut[] = "Export the bundle again.";

std::string readText(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw Error("A bundle has a model.json.", path, "Give the folder that export.bundle wrote.");
  return {std::istreambuf_iterator<char>(stream), {}};
}

const Json& member(const Json& object, const std::string& name, const std::string& where) {
  const Json* value = object.find(name);
  if (value == nullptr) throw Error("A model.json names " + where + name + ".", "one without", kWayOut);
  return *value;
}

std::string textMember(const Json& object, const std::string& name, const std::string& where) {
  const Json& value = member(object, name, where);
  if (value.kind != Json::Kind::text) {
    throw Error("A model.json's " + where + name + " is a text.", "another kind of value", kWayOut);
  }
  return value.text;
}

// A whole number from `least` to 2^15, which is more than any picture's tile.
int wholeMember(const Json& object, const std::string& name, const std::string& where, int least) {
  const Json& value = member(object, name, where);
  if (value.kind != Json::Kind::number || !(value.number >= least && value.number <= 32768) ||
      value.number != static_cast<int>(value.number)) {
    throw Error("A model.json's " + where + name + " is a whole number of at least " + std::to_string(least) + ".",
                value.kind == Json::Kind::number ? std::to_string(value.number) : "another kind of value", kWayOut);
  }
  return static_cast<int>(value.number);
}

// Whether the tensor is float32 rather than uint8, after checking what else it says.
bool isFloatTensor(const Json& file, const std::string& name) {
  const Json& tensor = member(file, name, "");
  const std::string where = name + ".";
  const std::string type = textMember(tensor, "type", where);
  if (type != "uint8" && type != "float32") {
    throw Error("A file's " + name + " is uint8 or float32.", type, "Choose another file of the bundle.");
  }
  if (textMember(tensor, "layout", where) != "NHWC" || textMember(tensor, "channels", where) != "RGB") {
    throw Error("A file's " + name + " is RGB in the layout NHWC.", "another", kWayOut);
  }
  const Json& range = member(tensor, "range", where);
  const double highest = type == "uint8" ? 255 : 1;
  if (range.items.size() != 2 || range.items[0].kind != Json::Kind::number || range.items[0].number != 0 ||
      range.items[1].number != highest) {
    throw Error("The range of " + type + " is 0 to " + (type == "uint8" ? "255." : "1."), "another", kWayOut);
  }
  return type == "float32";
}

// Height and width of a file that takes no other, 0 for any, after checking that the core follows from it.
int readEdge(const Json& tile, int overlap) {
  if (member(tile, "edge_px", "tile.").kind == Json::Kind::null) return 0;
  const int edge = wholeMember(tile, "edge_px", "tile.", 1);
  if (edge <= 2 * overlap || wholeMember(tile, "core_px", "tile.", 1) != edge - 2 * overlap) {
    throw Error("A tile's core is its edge less twice the overlap, and at least 1 px.",
                "an edge of " + std::to_string(edge) + " px with an overlap of " + std::to_string(overlap), kWayOut);
  }
  return edge;
}

}  // namespace

ModelFile readModelFile(const std::string& folder, const std::string& name) {
  const std::string source = folder + "/model.json";
  const Json root = parseJson(readText(source), source);
  std::string known;
  for (const Json& file : member(root, "files", "").items) {
    const std::string file_name = textMember(file, "file", "files.");
    if (file_name != name) {
      known += (known.empty() ? "" : ", ") + file_name;
      continue;
    }
    ModelFile result;
    result.path = folder + "/" + name;
    result.isFloat = isFloatTensor(file, "input");
    if (isFloatTensor(file, "output") != result.isFloat) {
      throw Error("A file takes and gives the same type.", source + " with two for " + name, kWayOut);
    }
    result.scale = wholeMember(file, "scale", "", 1);
    const int radius = wholeMember(file, "receptive_radius", "", 0);
    const Json& tile = member(file, "tile", "");
    result.overlap = wholeMember(tile, "overlap_px", "tile.", radius);
    result.edge = readEdge(tile, result.overlap);
    return result;
  }
  throw Error("A model file is one that model.json names.", name, "It names " + (known.empty() ? "none" : known) + ".");
}

}  // namespace waifu4x
