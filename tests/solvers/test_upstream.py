"""Published checkpoints: read, refused by name, written back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from hrm_toolkit.core import InputError, OptionError
from hrm_toolkit.solvers.hrm import HRMConfig
from hrm_toolkit.solvers.model import build_network
from hrm_toolkit.solvers.trm import TRMConfig
from hrm_toolkit.solvers.upstream import from_published, read_published, to_published
from hrm_toolkit.solvers.upstream_files import CONFIG, read_published_config

NETWORKS = ("hrm_tiny", "hrm_tiny_learned", "trm_tiny", "trm_mlp_tiny")
# As the published training writes it: keys sorted, what it was trained on and how among them.
YAML = """\
arch:
  H_cycles: {H_cycles}
  H_layers: {H_layers}
  L_cycles: {L_cycles}
  L_layers: {L_layers}
  expansion: {expansion}
  forward_dtype: float32
  halt_exploration_prob: 0.1
  halt_max_steps: 16
  hidden_size: {hidden_size}
  loss:
    loss_type: stablemax_cross_entropy
    name: losses@ACTLossHead
  name: {name}
  num_heads: {num_heads}
  pos_encodings: {pos_encodings}
  puzzle_emb_ndim: ${{.hidden_size}}  # interpolated
{slots}beta1: 0.9
checkpoint_path: checkpoints/Sudoku ACT-torch/HierarchicalReasoningModel_ACTV1 placid-husky
data_paths:
- data/sudoku
num_heads: 99
"""


def yaml_of(facts: dict[str, Any], **changes: Any) -> str:
    config = facts["config"]
    name, slots = "hrm.hrm_act_v1@HierarchicalReasoningModel_ACTV1", ""
    if "puzzle_emb_len" in config:
        name = "recursive_reasoning.trm@TinyRecursiveReasoningModel_ACTV1"
        slots = f"  puzzle_emb_len: {config['puzzle_emb_len']}\n"
    return YAML.format(**{**config, "name": name, "slots": slots, **changes})


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("prefix", ["", "model.inner.", "_orig_mod.model.inner."])
@pytest.mark.parametrize("form", ["torch", "safetensors"])
def test_a_checkpoint_comes_back_as_it_was(golden, tmp_path, name, prefix, form):
    vectors = golden(name)
    state = {prefix + k.removeprefix("model.inner."): v for k, v in vectors.group("init").items()}
    path = tmp_path / "step_100"
    if form == "torch":
        torch.save(state, path)
    else:
        save_file(state, path)
    (tmp_path / CONFIG).write_text(yaml_of(vectors.facts))
    network = read_published(path, settings={"max_length": 81})
    found = vectors.facts["config"]
    assert network.config.family == name.split("_")[0]
    assert network.config.layers == found["L_layers"]
    assert network.config.heads == found["num_heads"]
    assert network.config.positions == found["pos_encodings"]
    assert network.config.mixer == ("mlp" if "mlp" in name else "attention")
    assert network.config.puzzle_ids == (5 if found["puzzle_emb_ndim"] else 0)
    assert network.config == vectors.network().config, "from YAML or from settings, the same"
    back = to_published(network, prefix=prefix)
    assert set(back) == set(state)
    assert all(torch.equal(back[key], state[key]) for key in state)


def test_a_network_of_ours_goes_there_and_back():
    config = TRMConfig(
        vocabulary=5, width=8, heads=2, layers=3, max_length=6, expansion=2.5, modules=1,
        positions="learned", puzzle_ids=2, puzzle_width=12, puzzle_slots=3,
    )  # fmt: skip
    network = build_network(config, 7)
    names = ("heads", "high_cycles", "low_cycles", "expansion", "max_length")
    again = from_published(to_published(network), {name: getattr(config, name) for name in names})
    assert again.config == config, "positions and slots follow from the learned table"
    after = again.state_dict()
    assert all(torch.equal(after[key], value) for key, value in network.state_dict().items())


def test_half_precision_weights_and_their_dtype(golden):
    vectors = golden("hrm_tiny")
    state = {k: v.bfloat16() for k, v in vectors.group("init").items()}
    network = from_published(state, vectors.settings)
    assert network.config.forward_dtype == "bfloat16"
    assert network.low_init.dtype == torch.bfloat16
    assert network.lm_head.weight.dtype == torch.float32
    state["model.inner.H_init"] = vectors["init/model.inner.H_init"]
    wide = from_published(state, vectors.settings)
    assert wide.config.forward_dtype == "float32"


LAYER = "L_level.layers.1.mlp.down_proj.weight"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda s: s.pop("embed_tokens.embedding_weight"), "lacks embed_tokens.embedding_weight"),
        (lambda s: s.pop("q_head.bias"), "lacks q_head.bias"),
        (lambda s: s.pop(LAYER), f"lacks {LAYER}"),
        (lambda s: [s.pop(k) for k in list(s) if "L_level" in k], "lacks L_level.layers.0"),
        (
            lambda s: [s.pop(k) for k in list(s) if k.endswith("o_proj.weight")],
            "lacks H_level.layers.0.self_attn.o_proj.weight, H_level.layers.1.self_attn.o_proj."
            "weight, L_level.layers.0.self_attn.o_proj.weight and 1 more",
        ),
        (lambda s: s.update(extra=torch.zeros(1)), "has unknown extra"),
        (
            lambda s: s.update({LAYER: torch.zeros(64, 255)}),
            f"has a wrong shape for {LAYER} (64x255, not 64x256)",
        ),
        (lambda s: s[LAYER].__setitem__((0, 0), float("nan")), f"is not finite in {LAYER}"),
        (
            lambda s: s.update({"H_level.layers.2.mlp.down_proj.weight": torch.zeros(64, 256)}),
            "the high level has 3 layers and the low one 2",
        ),
        (lambda s: s.update({"model.H_init": torch.zeros(64)}), "two keys stand for H_init"),
        (
            lambda s: s.update({"embed_tokens.embedding_weight": torch.zeros(64)}),
            "embed_tokens.embedding_weight has shape 64; expected a matrix",
        ),
        (
            lambda s: s.update({"L_level.layers.999.mlp.down_proj.weight": torch.zeros(1)}),
            "the high level has 2 layers and the low one 1000",
        ),
    ],
)
def test_wrong_and_partial_files_are_refused_naming_the_keys(golden, change, says):
    vectors = golden("hrm_tiny")
    initial = vectors.group("init")
    state = {k.removeprefix("model.inner."): v.clone() for k, v in initial.items()}
    change(state)
    with pytest.raises(InputError) as caught:
        from_published(state, vectors.settings)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        *(("hrm_tiny", k) for k in ("heads", "high_cycles", "low_cycles", "positions")),
        ("hrm_tiny", "max_length"),
        *(("trm_tiny", k) for k in ("puzzle_slots", "max_length")),
        *(("hrm_tiny_learned", k) for k in ("heads", "low_cycles")),
    ],
)
def test_what_shapes_cannot_tell_is_asked_for_by_name(golden, name, missing):
    vectors = golden(name)
    settings = {k: v for k, v in vectors.settings.items() if k != missing}
    with pytest.raises(InputError, match=f"the tensors do not tell {missing}; give the setting"):
        from_published(vectors.group("init"), settings)


def test_what_shapes_can_tell_need_not_be_said(golden):
    vectors = golden("trm_mlp_tiny")
    cycles = {"high_cycles": 3, "low_cycles": 6}
    for lengths in ({"max_length": 81}, {"puzzle_slots": 16}):
        network = from_published(vectors.group("init"), cycles | lengths)
        assert (network.config.prefix, network.config.max_length) == (16, 81)
    learned = golden("hrm_tiny_learned")
    network = from_published(learned.group("init"), {"high_cycles": 2, "low_cycles": 2, "heads": 4})
    assert (network.config.positions, network.config.max_length) == ("learned", 81)


@pytest.mark.parametrize(
    ("settings", "error", "says"),
    [
        ({"width": 32}, InputError, "the tensors say width 64; expected width 32"),
        ({"layers": 3}, InputError, "the tensors say layers 2; expected layers 3"),
        ({"positions": "learned"}, InputError, "lacks embed_pos.embedding_weight"),
        ({"positions": "spiral"}, InputError, "positions"),
        ({"heads": 3}, InputError, "does not split into 3 heads"),
        ({"heads": "many"}, InputError, "heads"),
        ({"max_length": -1}, InputError, "max_length is no length"),
        ({"expansion": 1.0}, None, ""),
        ({"expansion": 8}, InputError, "the tensors say expansion 6.0; expected expansion 8"),
        ({"expansion": float("nan")}, InputError, "expected expansion nan"),
        ({"head": 4}, OptionError, 'there is no setting "head"; did you mean "heads"?'),
    ],
)
def test_settings_must_fit_the_tensors(golden, settings, error, says):
    vectors = golden("hrm_tiny")
    if error is None:
        # Published rounding: width 64 has the inner size 256 at any expansion up to 6.
        config = from_published(vectors.group("init"), vectors.settings | settings).config
        assert config.expansion == settings["expansion"]
        return
    with pytest.raises(error) as caught:
        from_published(vectors.group("init"), vectors.settings | settings)
    assert says in str(caught.value)


class Trap:
    """Pickles to a call that would leave a mark."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> Any:
        return Path.touch, (self.mark,)


def test_nothing_but_tensors_is_unpickled(tmp_path):
    mark = tmp_path / "mark"
    torch.save({"a": Trap(mark)}, tmp_path / "evil")
    with pytest.raises(InputError, match="no checkpoint of weights alone"):
        read_published(tmp_path / "evil")
    assert not mark.exists()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no checkpoint of weights alone"),
        (b"PK\x03\x04 but no archive", "no checkpoint of weights alone"),
        (b"\x80\x04\x95 a pickle cut short", "no checkpoint of weights alone"),
        (b"\xff\xff\xff\xff\xff\xff\xff\x7f{", "no checkpoint of weights alone"),
        ({}, "no state dict"),
        ([torch.zeros(2)], "no state dict"),
        ({"model": {"a": torch.zeros(2)}}, "model is no tensor of floating-point numbers"),
        ({"a": torch.zeros(2, dtype=torch.long)}, "a is no tensor of floating-point numbers"),
        ({"step": 3}, "step is no tensor"),
        ({1: torch.zeros(2)}, "1 is no tensor"),
        ({"a": torch.zeros(1).expand(1 << 30)}, "the tensors claim more than the file holds"),
    ],
)
def test_files_that_are_no_state_dict(tmp_path, content, says):
    path = tmp_path / "file"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        torch.save(content, path)
    with pytest.raises(InputError) as caught:
        read_published(path)
    assert says in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_small_file_cannot_ask_for_a_huge_network(golden):
    width = 8192
    state = {
        "embed_tokens.embedding_weight": torch.zeros(2, width),
        "lm_head.weight": torch.zeros(2, width),
        "q_head.weight": torch.zeros(2, width),
        "q_head.bias": torch.zeros(2),
        "H_init": torch.zeros(width),
        "L_init": torch.zeros(width),
        "L_level.layers.63.mlp.down_proj.weight": torch.zeros(1, 22016),
        "L_level.layers.0.mlp.down_proj.weight": torch.zeros(1, 22016),
    }
    with pytest.raises(InputError, match=r"lacks L_level.layers.0.self_attn.qkv_proj.weight"):
        from_published(state, golden("trm_tiny").settings)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (
            {"name": "recursive_reasoning.trm_singlez@Other"},
            'architecture "recursive_reasoning.trm',
        ),
        ({"expansion": "4\n  rms_norm_eps: 1.0e-06"}, "rms_norm_eps differs"),
        ({"expansion": "4\n  residual_scale: 2"}, 'has a switch "residual_scale"'),
    ],
)
def test_configurations_of_other_networks(golden, tmp_path, changes, says):
    path = tmp_path / CONFIG
    path.write_text(yaml_of(golden("hrm_tiny").facts, **changes))
    with pytest.raises(InputError) as caught:
        read_published_config(path)
    assert says in str(caught.value)
    assert str(path) in str(caught.value)


def test_an_architecture_file_of_its_own(tmp_path):
    path = tmp_path / "trm.yaml"
    path.write_text(
        "name: recursive_reasoning.trm@TinyRecursiveReasoningModel_ACTV1\n"
        "loss:\n  name: losses@ACTLossHead\n\nH_cycles: 3\nnum_heads: 8  # a remark\n"
        "rms_norm_eps: 1e-5\nrope_theta: 10000.0\npos_encodings: 'rope'\nmlp_t: False\n"
    )
    assert read_published_config(path) == {
        "high_cycles": 3, "heads": 8, "rope_base": 10000.0, "positions": "rope"
    }  # fmt: skip


def test_a_configuration_that_is_none(tmp_path):
    path = tmp_path / CONFIG
    with pytest.raises(InputError, match="cannot be read"):
        read_published_config(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="this is no text"):
        read_published_config(path)
    path.write_bytes(b"#" * (1 << 20) + b"#")
    with pytest.raises(InputError, match="too large"):
        read_published_config(path)
    path.write_text("- a\n- b\n{}\n")
    assert read_published_config(path) == {}


@pytest.mark.parametrize(
    ("config", "option", "value"),
    [
        (HRMConfig, "positions", "rope2d"),
        (TRMConfig, "positions", "row_column"),
        (HRMConfig, "positions", "none"),
        (HRMConfig, "mixer", "mlp"),
        (HRMConfig, "modules", 1),
        (TRMConfig, "modules", 2),
        (HRMConfig, "puzzle_slots", 3),
    ],
)
def test_what_the_published_code_cannot_hold_is_not_exported(config, option, value):
    embedded = {"puzzle_ids": 1, "puzzle_width": 16}
    small = {"vocabulary": 7, "width": 16, "heads": 2, "layers": 1, "max_length": 9, **embedded}
    to_published(build_network(config(**small)))
    with pytest.raises(InputError, match=f"{option}: the published .* has no {option} {value}"):
        to_published(build_network(config(**small | {option: value})))


@pytest.mark.parametrize("changes", [{"gradient": 5}, {"random_carry": 1.0}])
def test_how_a_network_was_trained_is_no_obstacle(changes):
    small = {"vocabulary": 7, "width": 16, "heads": 2, "layers": 1, "max_length": 9}
    assert to_published(build_network(HRMConfig(**small, **changes)))


@pytest.mark.parametrize(
    ("name", "line", "learned"),
    [
        ("hrm_tiny", "", True),
        ("trm_tiny", "", False),
        ("trm_tiny", "  no_ACT_continue: True\n", False),
        ("trm_tiny", "  no_ACT_continue: false\n", True),
    ],
)
def test_a_checkpoint_halts_by_what_it_was_trained_for(golden, tmp_path, name, line, learned):
    vectors = golden(name)
    save_file(vectors.group("init"), tmp_path / "step_1")
    text = yaml_of(vectors.facts).replace("arch:\n", f"arch:\n{line}")
    (tmp_path / CONFIG).write_text(text)
    settings = {"max_length": 81}
    network = read_published(tmp_path / "step_1", settings=settings)
    assert network.config.q_continue is learned
    told = read_published(tmp_path / "step_1", settings=settings | {"q_continue": not learned})
    assert told.config.q_continue is not learned
