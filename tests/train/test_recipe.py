"""Recipes: the shipped ones load, and whatever is wrong with one is named."""

import json

import pytest

from train.recipe import RECIPES, GanRecipe, Recipe, load_any_recipe, load_recipe
from waifu4x_tf.errors import ConfigError
from waifu4x_tf.models.zoo import MODELS

SMALLEST = '[model]\nname = "compact"\n[training]\nsteps = 500\n'


@pytest.fixture
def load(tmp_path):
    def from_text(text: str) -> Recipe:
        path = tmp_path / "mine.toml"
        path.write_text(text, encoding="utf-8")
        return load_recipe(str(path))

    return from_text


@pytest.mark.parametrize("path", sorted(RECIPES.glob("*.toml")), ids=lambda path: path.stem)
def test_every_shipped_recipe_loads_by_name_and_by_path(path):
    kind = type(load_any_recipe(str(path)))
    assert (kind is GanRecipe) == ("gan" in path.stem)
    recipe = load_recipe(path.stem, kind)
    assert recipe.name == path.stem
    assert recipe.as_json() == load_recipe(str(path), kind).as_json()
    assert set(recipe.model.arguments) <= set(MODELS[recipe.model.name].widths)


@pytest.mark.parametrize("path", sorted(RECIPES.glob("*.toml")), ids=lambda path: path.stem)
def test_every_shipped_recipe_says_its_goal_and_its_command(path):
    header = path.read_text(encoding="utf-8").split("\n[")[0].split("\nextends")[0]
    assert "# Goal:" in header
    own = ("compare_losses", "estimator")
    command = path.stem if path.stem in own else "pretrain"
    command = "gan" if "gan" in path.stem else command
    assert f"python -m train.{command} --recipe {path.stem}" in header


SHIPPED = sorted((RECIPES / "shipped").glob("*.toml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_stage_of_shipped_weights_is_a_recipe_with_one_listed_command(path):
    text = path.read_text(encoding="utf-8")
    program = "gan" if isinstance(load_any_recipe(str(path)), GanRecipe) else "pretrain"
    assert "# Goal:" in text
    assert f"# Command: python -m train.{program} --recipe train/recipes/shipped/{path.name} --data" in text
    listed = (RECIPES / "README.md").read_text(encoding="utf-8")
    assert listed.count(f"python -m train.{program} --recipe $R/{path.name} ") == 1


@pytest.mark.parametrize(
    ("name", "kind", "program"),
    [("smoke_gan", Recipe, "train.gan"), ("smoke", GanRecipe, "train.pretrain")],
)
def test_a_recipe_of_another_program_names_that_program(name, kind, program):
    with pytest.raises(
        ConfigError, match=rf"Received: {name}\.toml.* Use python -m {program} --recipe {name}\."
    ):
        load_recipe(name, kind)


def test_defaults_fill_what_is_left_out(load):
    recipe = load(SMALLEST)
    assert (recipe.name, recipe.model.scale, recipe.training.loss) == ("mine", 4, "mae")
    assert recipe.data.degradation.bicubic == 1.0
    assert recipe.patches.lr_size == 48


def test_values_take_the_types_of_their_fields(load):
    recipe = load(
        SMALLEST + "learning_rate = 1\n[data]\ncategory_weights = { anime = 4 }\n"
        "[data.degradation]\njpeg_share = 0.5\njpeg_quality = [70, 90]\nblur_sigma = [1, 2]\n"
    )
    assert type(recipe.training.learning_rate) is float
    assert recipe.data.category_weights == {"anime": 4.0}
    assert recipe.data.degradation.jpeg_quality == (70, 90)
    assert recipe.data.degradation.blur_sigma == (1.0, 2.0)


def test_a_recipe_is_the_one_it_extends_but_for_what_it_says_itself(load, tmp_path):
    (tmp_path / "base.toml").write_text(
        SMALLEST + "seed = 7\n[data]\ncategory_weights = { anime = 4.0 }\n", encoding="utf-8"
    )
    recipe = load('extends = "base.toml"\n[training]\nsteps = 1000\n[data.category_weights]\ncomic = 2.0\n')
    assert (recipe.name, recipe.model.name) == ("mine", "compact")
    assert (recipe.training.steps, recipe.training.seed) == (1000, 7)
    assert recipe.data.category_weights == {"anime": 4.0, "comic": 2.0}
    assert load('extends = "compact_denoise2"\n').data == load_recipe("compact_denoise2").data


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ('extends = "compakt"', "A recipe is one of .*Received: 'compakt'"),
        ('extends = "mine.toml"', r"does not extend itself\. Received: .*mine\.toml"),
        ('extends = "inner/../mine.toml"', r"does not extend itself\. Received: .*mine\.toml"),
        ("extends = 3", "extends is the name of one recipe. Received: 3"),
    ],
)
def test_what_cannot_be_extended_is_named(load, tmp_path, line, rule):
    (tmp_path / "inner").mkdir()
    with pytest.raises(ConfigError, match=rule):
        load(f"{line}\n{SMALLEST}")


def test_equal_recipes_give_equal_text_and_others_another(load):
    first, second = load(SMALLEST), load(SMALLEST + "seed = 0\n")
    assert first.as_json() == second.as_json()
    assert first.as_json() != load(SMALLEST + "seed = 1\n").as_json()
    assert json.loads(first.as_json())["training"]["steps"] == 500


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (SMALLEST + "lerning_rate = 1e-3\n", r"training are .*learning_rate.*Received: lerning_rate"),
        (SMALLEST + "[optimiser]\n", r"keys of mine\.toml are data, model, .*Received: optimiser"),
        (SMALLEST + "[data.degradation]\nnoise = 1\n", r"degradation are .*bicubic.*Received: noise"),
        ("[training]\nsteps = 500\n", r"mine\.toml needs model\. Received"),
        ('[model]\nname = "compact"\n[training]\n', r"training needs steps\. Received"),
        (SMALLEST.replace("500", '"500"'), r"steps is of type int\. Received: '500'"),
        (SMALLEST.replace("500", "500.0"), r"steps is of type int\. Received: 500\.0"),
        (SMALLEST.replace("500", "true"), r"steps is of type int\. Received: True"),
        (SMALLEST + "loss = 1\n", r"loss is of type str\. Received: 1"),
        (SMALLEST + "[data]\ndegradation = 3\n", r"degradation is of type Degradation\. Received: 3"),
        (SMALLEST + "[data]\ncategory_weights = { a = 'b' }\n", r"category_weights\.a is of type float"),
        (SMALLEST + "[data.degradation]\njpeg_quality = [80]\n", r"jpeg_quality is of type .*\[80\]"),
        (SMALLEST + "[data.degradation]\njpeg_quality = [1.5, 2]\n", r"jpeg_quality is of type int.*1\.5"),
        (SMALLEST + "steps = 600\n", r"TOML file\. Received: .*mine\.toml.*line 5"),
    ],
)
def test_what_does_not_fit_is_named(load, text, message):
    with pytest.raises(ConfigError, match=message):
        load(text)


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("epoch_steps = 0", "above 0"),
        ("epoch_steps = 300", "multiple of epoch_steps"),
        ("warmup_steps = 500", "0 <= warmup_steps < steps"),
        ("seed = -1", "seed is at least 0"),
        ("weight_decay = -0.1", r"0 <= weight_decay \* learning_rate < 1"),
        ("weight_decay = nan", r"0 <= weight_decay \* learning_rate < 1"),
        ("weight_decay = 4\nlearning_rate = 0.25", r"weight_decay \* learning_rate < 1, the share"),
        ("ema_half_life = -1", "ema_half_life is at least 0"),
        ("final_learning_rate = 0.1", "final_learning_rate <= learning_rate"),
        ("learning_rate = nan", "final_learning_rate <= learning_rate"),
        ('dtype_policy = "float16"', "dtype_policy is float32 or mixed_bfloat16"),
        ("[data]\ndrawn_share = 1.5", "shares lie between 0 and 1"),
        ("[data]\ndrawn_share = 0.5\nleaves_share = 0.6", "leaves_share and strokes_share together"),
        ("[data]\nleaves_share = 0.5\nstrokes_share = 0.6", "leaves_share and strokes_share together"),
        ("[data]\nstrokes_pictures = -1", "numbers of pictures are at least 0"),
        ("[patches]\nrecolour_share = 1.5", "collage_share lie between 0 and 1"),
        ("[patches]\ncollage_share = -0.5", "collage_share lie between 0 and 1"),
        ("[data]\nvalidation_share = 1.0", "shares lie between 0 and 1"),
        ("[data]\nvalidation_drawn = 0", "validation_drawn is at least 1"),
        ("[data]\ncategory_weights = { anime = -1 }", "category_weights and source_weights are at least 0"),
        ("[data]\nkind_weights = { manga = -1 }", "kind_weights are at least 0"),
        ("[data]\nkind_weights = { mango = 1 }", "kind_weights are at least 0, of face, "),
        ("[data.degradation]\narea = 2.0", "share lies between 0 and 1"),
        ("[patches]\nlr_size = 0", "sizes are at least 1"),
        ("[patches]\nworkers = 0", "sizes are at least 1"),
        ("[report]\nevery_epochs = 0", "numbers are at least 1"),
        ("[report]\nsample_pictures = 0", "numbers are at least 1"),
        ("[report]\nfield_pictures = -1", "field_pictures is at least 0"),
    ],
)
def test_values_out_of_range_name_the_rule(load, line, rule):
    with pytest.raises(ConfigError, match=rf"{rule}.*Received: "):
        load(f"{SMALLEST}{line}\n")


def test_an_unknown_recipe_lists_the_known_ones(tmp_path):
    for name in ("compakt", str(tmp_path / "nowhere.toml")):
        with pytest.raises(ConfigError, match=r"one of compact, .*smoke.*Received: .*(compakt|nowhere)"):
            load_recipe(name)


def test_a_recipe_is_text(tmp_path):
    (tmp_path / "mine.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="TOML file"):
        load_recipe(str(tmp_path / "mine.toml"))


@pytest.mark.parametrize(
    ("lines", "rule"),
    [
        ("learning_rate = 0.0", "the adversary's learning_rate is above 0"),
        ("adversarial_weight = 0.0", "adversarial_weight above"),
        ("pixel_weight = -1.0", "weights are at least 0"),
        ('perceptual_backbone = "vgg11"', "perceptual_backbone is vgg19 or vgg16"),
        ("discriminator_steps = 0", "discriminator_steps is at least 1"),
    ],
)
def test_rules_of_an_adversary(tmp_path, lines, rule):
    path = tmp_path / "gan.toml"
    path.write_text(f"{SMALLEST}\n[adversary]\n{lines}\n")
    with pytest.raises(ConfigError, match=rule):
        load_recipe(str(path), GanRecipe)


def test_an_adversary_is_no_part_of_pixel_training(load):
    with pytest.raises(ConfigError, match=r"Received: mine\.toml, which has an \[adversary\]\. Use .*gan"):
        load(f"{SMALLEST}\n[adversary]\npixel_weight = 1.0\n")


def test_training_with_an_adversary_asks_for_one():
    with pytest.raises(ConfigError, match=r"Received: compact\.toml, which has no \[adversary\]\. Use"):
        load_recipe("compact", GanRecipe)
