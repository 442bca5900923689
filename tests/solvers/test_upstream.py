"""Published checkpoints: read, refused by name, written back."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from hrm_toolkit.core import InputError, OptionError, Structure
from hrm_toolkit.solvers.inputs.batch import Encoded, collate
from hrm_toolkit.solvers.inputs.config import HRMConfig, TRMConfig
from hrm_toolkit.solvers.networks.families import build_network
from hrm_toolkit.solvers.published.checkpoint import from_published, read_published, to_published
from hrm_toolkit.solvers.published.files import CONFIG, read_published_config

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
            "lacks H_level.layers.2.self_attn.qkv_proj.weight",
        ),
        (lambda s: s.update({"model.H_init": torch.zeros(64)}), "two keys stand for H_init"),
        (
            lambda s: s.update({"embed_tokens.embedding_weight": torch.zeros(64)}),
            "embed_tokens.embedding_weight has shape 64; expected a matrix",
        ),
        (
            lambda s: s.update({"L_level.layers.999.mlp.down_proj.weight": torch.zeros(1)}),
            "layers: the number is too large; expected at most 64; got 1000",
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
        ({"model": {"a": torch.zeros(2)}}, "no state dict of a published HRM or TRM in it"),
        ({"H_init": torch.zeros(2, dtype=torch.long)}, "H_init is no tensor of floating-point"),
        ({"step": 3}, "no state dict of a published HRM or TRM in it, only step"),
        ({1: torch.zeros(2)}, "no state dict of a published HRM or TRM in it, only 1"),
        ({"H_init": torch.zeros(1).expand(1 << 30)}, "claim more than the file holds"),
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
    for text in ("- a\n- b\n{}\n", "lr: 1\n", "{}", '{"arch": {"loss": 1}}'):
        path.write_text(text)
        with pytest.raises(InputError, match="this is no configuration of the published code"):
            read_published_config(path)
    path.write_text("{H_cycles: 2}")
    with pytest.raises(InputError, match="neither JSON nor YAML"):
        read_published_config(path)
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 3\n")
    with pytest.raises(InputError, match=r"a pointer of Git LFS.*git lfs pull"):
        read_published_config(path)
    for text in ("arch:\n  H_cycles: 2\n  H_cycles: 3\n", '{"H_cycles": 2, "H_cycles": 3}'):
        path.write_text(text)
        with pytest.raises(InputError, match='"H_cycles" twice'):
            read_published_config(path)
    path.write_text('{"model_type": "hrm", "hidden_size": 512}')
    with pytest.raises(InputError, match=r"configuration of transformers \(hrm\)"):
        read_published_config(path)


@pytest.mark.parametrize(
    "text",
    [
        "_wandb:\n    value:\n        H_cycles: 9\narch:\n    desc: null\n    value:\n"
        "        H_cycles: 2\n        loss:\n            name: losses@ACTLossHead\n"
        "        name: hrm.hrm_act_v1@HRM\n        num_heads: 8\nlr:\n    desc: null\n"
        "    value: 0.1\n",
        '{"arch": {"desc": null, "value": {"H_cycles": 2, "num_heads": 8, "loss": {"name": "a"}}}}',
        '{"arch": {"H_cycles": 2, "num_heads": 8, "mlp_t": false, "name": "trm@TRMModel"}}',
    ],
)
def test_configurations_in_other_wrappings(tmp_path, text):
    path = tmp_path / "config.yaml"
    path.write_text(text)
    assert read_published_config(path) == {"high_cycles": 2, "heads": 8}


def test_the_baseline_of_later_code_is_the_published_network(golden, tmp_path):
    """Its checkpoint holds generators' states and objects of its own, which are never made."""
    vectors = golden("trm_tiny")
    state = {k: v for k, v in vectors.group("init").items() if "puzzle_emb" not in k}
    shadow = {k: v + 1 for k, v in state.items() if not k.endswith("_init")}
    saved = {
        "step": 7,
        "model": state,
        "optimizers": [{"state": {0: {"exp_avg": torch.zeros(3)}}, "param_groups": []}],
        "numpy": np.random.RandomState(0).get_state(),
        "carry": Namespace(steps=torch.zeros(3)),
        "ema": {"mu": 0.999, "shadow": shadow},
    }
    torch.save(saved, tmp_path / "step_7.pth")
    config = vectors.facts["config"]
    text = yaml_of(vectors.facts, name="trm@TRMModel", slots="  halt_threshold: 0.0\n")
    (tmp_path / CONFIG).write_text(text.replace("puzzle_emb_ndim", "board_height"))
    path, settings = tmp_path / "step_7.pth", {"max_length": config["seq_len"]}
    with pytest.raises(InputError, match=r"holds 2 state dicts: model, ema.shadow.*--key"):
        read_published(path, settings=settings)
    plain = to_published(read_published(path, settings=settings, key="model"))
    assert all(torch.equal(plain[key], state[key]) for key in state)
    averaged = to_published(read_published(path, settings=settings, key="ema"))
    assert all(torch.equal(averaged[k], shadow.get(k, state[k])) for k in state)
    assert len(averaged) == len(state), "the buffers are those of the network"
    with pytest.raises(OptionError, match='holds no state dict "emma"; expected one of model, ema'):
        read_published(path, settings=settings, key="emma")


@pytest.mark.parametrize("switch", ["halt_threshold: 0.5", "pos_encodings: rope2d"])
def test_switches_of_later_code_that_change_the_network(golden, tmp_path, switch):
    path = tmp_path / CONFIG
    path.write_text(f"arch:\n  name: trm@TRMModel\n  H_cycles: 2\n  {switch}\n")
    with pytest.raises(InputError, match=switch.split(":")[0]):
        read_published_config(path)


def bare(name: str) -> str:
    return name.removeprefix("model.inner.")


WRAPPED = {
    "under a key": lambda s: {"model_state_dict": s, "optimizer": {"lr": 0.1}, "epoch": 3},
    "two keys down": lambda s: {"state": {"net": s}, "best": 0.5, "names": ["a"]},
    "an average": lambda s: {
        **{f"ema_model.{bare(k)}": v for k, v in s.items()},
        "initted": torch.tensor(True),
        "step": torch.tensor(9),
    },
    "an average under a key": lambda s: {"ema": {"shadow": s, "num_updates": 3}},
    "torch's average": lambda s: {
        **{f"module.{k}": v for k, v in s.items()}, "n_averaged": torch.tensor(3),
    },
    "sharded": lambda s: {
        "_fsdp_wrapped_module." + k.replace(".layers.", "._fsdp_wrapped_module.layers."): v
        for k, v in s.items()
    },
    "with caches": lambda s: {
        **s,
        "model.inner.rotary_emb.cos_cached": torch.zeros(81, 8),
        "model.inner.puzzle_emb.local_ids": torch.zeros(4, dtype=torch.int32),
        "model.inner.puzzle_emb.local_weights": torch.zeros(4, 64),
    },
}  # fmt: skip


@pytest.mark.parametrize("form", WRAPPED)
def test_the_one_state_dict_in_a_file_is_found(golden, tmp_path, form):
    vectors = golden("hrm_tiny")
    state = vectors.group("init")
    torch.save(WRAPPED[form](state), tmp_path / "file")
    back = to_published(read_published(tmp_path / "file", settings=vectors.settings))
    assert set(back) == set(state)
    assert all(torch.equal(back[key], state[key]) for key in state)


def test_two_sets_under_prefixes_are_a_choice(golden, tmp_path):
    vectors = golden("hrm_tiny")
    state = {bare(k): v for k, v in vectors.group("init").items()}
    both = {f"online_model.{k}": v for k, v in state.items()}
    both |= {f"ema_model.{k}": v * 2 for k, v in state.items()}
    torch.save({**both, "initted": torch.tensor(True)}, tmp_path / "file")
    with pytest.raises(InputError, match="online_model, ema_model"):
        read_published(tmp_path / "file", settings=vectors.settings)
    network = read_published(tmp_path / "file", settings=vectors.settings, key="ema_model")
    assert torch.equal(to_published(network, prefix="")["H_init"], 2 * state["H_init"])


def test_a_file_of_the_old_format(golden, tmp_path):
    vectors = golden("hrm_tiny")
    state, path = vectors.group("init"), tmp_path / "old"
    torch.save(state, path, _use_new_zipfile_serialization=False)
    back = to_published(read_published(path, settings=vectors.settings))
    assert all(torch.equal(back[key], state[key]) for key in state)
    # 2 ** 40 floats in the place of 64.
    claimed = path.read_bytes().replace(b"K@Nt", b"\x8a\x06\x00\x00\x00\x00\x00\x01Nt")
    assert claimed != path.read_bytes()
    path.write_bytes(claimed)
    with pytest.raises(InputError, match="no checkpoint of weights alone"):
        read_published(path, settings=vectors.settings)


def test_a_pointer_in_place_of_the_weights(tmp_path):
    path = tmp_path / "step_1"
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:12\nsize 109\n")
    with pytest.raises(InputError, match=r"pointer of Git LFS.*git lfs pull"):
        read_published(path)


def test_the_layout_of_another_library_is_named(tmp_path):
    save_file({"layer.0.weight": torch.zeros(2, 2)}, tmp_path / "model.safetensors")
    (tmp_path / "config.json").write_text('{"model_type": "hrm_text", "hidden_size": 8}')
    with pytest.raises(InputError, match=r"only layer.0.weight.*transformers \(hrm_text\)"):
        read_published(tmp_path / "model.safetensors")


def test_levels_of_unequal_depth(golden):
    """A high level of one layer over a low one of two: its weights, and what it says."""
    small = {"vocabulary": 7, "width": 16, "heads": 2, "layers": 2, "max_length": 9}
    network = build_network(HRMConfig(**small, high_layers=1, q_continue=True), 3)
    state = to_published(network)
    assert not any("H_level.layers.1" in name for name in state)
    settings = {"heads": 2, "high_cycles": 2, "low_cycles": 2, "positions": "rope"}
    again = from_published(state, {**settings, "max_length": 9, "expansion": 4.0})
    assert (again.config.layers, again.config.high_layers) == (2, 1)
    assert again.config == network.config
    equal = build_network(HRMConfig(**small, q_continue=True), 3)
    told = {**settings, "max_length": 9, "high_layers": 2}
    assert from_published(to_published(equal), told).config == equal.config
    with pytest.raises(InputError, match="the tensors say high_layers 1; expected high_layers 2"):
        from_published(state, told)
    with pytest.raises(InputError, match="3 layers of the high module do not fit one module"):
        TRMConfig(**small, high_layers=3)
    batch = collate([Encoded(np.arange(9, dtype=np.int32) % 7, Structure())])
    carry = network.initial_carry(batch.tokens, batch.structure)
    with torch.no_grad():
        z_high, z_low = carry
        x = network._embed(batch.tokens, None)
        for _ in range(2):
            for _ in range(2):
                z_low = low_twice(network, z_low + z_high + x)
            z_high = network.high.layers[0](z_high + z_low, network._turn(None))
        said = network(carry, batch.tokens, None, batch.structure)[0]
    torch.testing.assert_close(said.z_high, z_high)


def low_twice(network: Any, h: Any) -> Any:
    for layer in network.low.layers:
        h = layer(h, network._turn(None))
    return h


def test_all_missing_fields_are_told_at_once(golden):
    state = golden("hrm_tiny").group("init")
    with pytest.raises(InputError) as caught:
        from_published(state, {})
    assert "do not tell heads, high_cycles, low_cycles, positions, max_length" in str(caught.value)


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
