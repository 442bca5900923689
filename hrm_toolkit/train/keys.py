"""What others call the keys of a recipe."""

from __future__ import annotations

from collections.abc import Collection

from hrm_toolkit.core import nearest

# What the published code, and others, call it.
ELSEWHERE = {
    "lr": "learning_rate",
    "rate": "learning_rate",
    "lr_min_ratio": "final_rate",
    "lr_warmup_steps": "warmup",
    "warmup_steps": "warmup",
    "wd": "weight_decay",
    "epochs": "updates",
    "num_epochs": "updates",
    "steps": "updates",
    "max_steps": "updates",
    "iterations": "updates",
    "bs": "batch_size",
    "accum": "accumulate",
    "grad_accum": "accumulate",
    "gradient_accumulation": "accumulate",
    "gradient_accumulation_steps": "accumulate",
    "accumulate_grad_batches": "accumulate",
    "global_batch_size": "batch_size",
    "puzzle_emb_lr": "puzzle_learning_rate",
    "puzzle_emb_weight_decay": "puzzle_weight_decay",
    "ema_rate": "ema",
    "ema_decay": "ema",
    "halt_max_steps": "max_segments",
    "halt_exploration_prob": "halt_exploration",
    "grad_clip": "gradient_clip",
    "clip": "gradient_clip",
    "gradient_checkpointing": "checkpoint_gradients",
    "data_path": "training_data",
    "data_paths": "training_data",
    "load_checkpoint": "start",
    "bf16": "precision=bfloat16",
    "bfloat16": "precision=bfloat16",
    "fp16": "precision=bfloat16",
    "amp": "precision=bfloat16",
    "dtype": "precision",
    "forward_dtype": "precision",
    "adam": "optimizer=adamw",
    "adamw": "optimizer=adamw",
    "adam_atan2": "optimizer=adam_atan2",
    "arch": "network",
    "model": "network",
    "preset": "network.preset",
    "family": "network.family",
    "hidden_dim": "network.width",
    "d_model": "network.width",
    "n_heads": "network.heads",
    "mlp_t": "network.mixer=mlp",
    "H_layers": "network.high_layers",
}


def setting_for(key: str, known: Collection[str]) -> str | None:
    """The setting of a recipe that someone who wrote ``key`` has in mind, or None.

    Args:
        key: as it was written.
        known: the keys of a recipe.

    Example:
        >>> known = ("batch_size", "learning_rate", "network")
        >>> [setting_for(key, known) for key in ("arch.H_cycles", "lr", "batchsize")]
        ['network.high_cycles', 'learning_rate', 'batch_size']
    """
    from hrm_toolkit.solvers.inputs.config import FAMILIES
    from hrm_toolkit.solvers.published.files import FIELDS

    name = key.rpartition(".")[2].replace("-", "_")
    if name in known:
        return name
    if name in ELSEWHERE or name.lower() in ELSEWHERE:
        return ELSEWHERE.get(name) or ELSEWHERE[name.lower()]
    inner = {field for config in FAMILIES.values() for field in config.model_fields}
    for field in (FIELDS.get(name), name):
        if field in inner:
            return f"network.{field}"
    return nearest(name, known)
