"""What can be changed in the rules: made by the operators of cosmic-ray, applied to the classes of this process."""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator

import reference_impl.authorization_server.rules as rules

_OPERATORS = (
    *(f"ReplaceComparisonOperator_{pair}" for pair in ("Eq_NotEq", "NotEq_Eq", "Is_IsNot", "IsNot_Is")),
    *(f"ReplaceComparisonOperator_{pair}" for pair in ("Lt_LtE", "LtE_Lt", "Gt_GtE", "GtE_Gt")),
    *("ReplaceBinaryOperator_Add_Sub", "ReplaceBinaryOperator_Sub_Add"),
    *("ReplaceTrueWithFalse", "ReplaceFalseWithTrue", "ReplaceAndWithOr", "ReplaceOrWithAnd"),
    *("AddNot", "ReplaceUnaryOperator_Delete_Not", "NumberReplacer", "ZeroIterationForLoop"),
)


@dataclass(frozen=True)
class Mutation:
    """One change: in which module, under which class ("" for none) and name, from which line to which."""

    module: str
    owner: str
    name: str
    was: str
    becomes: str
    source: str

    @property
    def place(self) -> str:
        """Such as pkce.PkceRules.verifier_matches."""
        return ".".join(filter(None, (self.module.rpartition(".")[2], self.owner, self.name)))


def every_mutation() -> Iterator[Mutation]:
    """All mutations of all modules of rules, those that give the same text once."""
    for file in sorted(Path(rules.__file__).parent.glob("*.py")):
        module = rules.__name__ if file.stem == "__init__" else f"{rules.__name__}.{file.stem}"
        original = file.read_text(encoding="utf-8")
        seen = {_meaning(original)}
        for source in _mutated(original):
            meaning = _meaning(source)
            if meaning not in seen:
                seen.add(meaning)
                yield from _located(module, original, source)


class _WithoutNot(ast.NodeTransformer):
    """Writes `not a is b` as `a is not b`, which is the same change made by two operators."""

    _OPPOSITES: ClassVar[dict[type[ast.cmpop], type[ast.cmpop]]] = {
        ast.Is: ast.IsNot,
        ast.IsNot: ast.Is,
        ast.In: ast.NotIn,
        ast.NotIn: ast.In,
        ast.Eq: ast.NotEq,
        ast.NotEq: ast.Eq,
    }

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        inner = node.operand
        if isinstance(node.op, ast.Not) and isinstance(inner, ast.Compare) and len(inner.ops) == 1:
            opposite = self._OPPOSITES.get(type(inner.ops[0]))
            if opposite is not None:
                return ast.Compare(inner.left, [opposite()], inner.comparators)
        return node


def _meaning(source: str) -> str:
    return ast.dump(_WithoutNot().visit(ast.parse(source)))


def _mutated(original: str) -> Iterator[str]:
    nodes = list(ast_nodes(get_ast(original)))
    for name in _OPERATORS:
        operator = get_operator(f"core/{name}")()
        places = sum(1 for node in nodes for _ in operator.mutation_positions(node))
        for occurrence in range(places):
            source = mutate_code(original, operator, occurrence)
            if isinstance(source, str):
                yield source


def _located(module: str, original: str, source: str) -> Iterator[Mutation]:
    lines = original.splitlines(), source.splitlines()
    number, was, becomes = next((n, a, b) for n, (a, b) in enumerate(zip(*lines, strict=False), 1) if a != b)
    for owner, name, node in _definitions(ast.parse(original)):
        first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
        if first <= number <= (node.end_lineno or 0):
            yield Mutation(module, owner, name, was.strip(), becomes.strip(), source)
            return


def _definitions(tree: ast.Module) -> Iterator[tuple[str, str, ast.stmt]]:
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield from ((node.name, name, member) for member in node.body for name in _names(member))
        yield from (("", name, node) for name in _names(node))


def _names(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def apply(mutation: Mutation) -> None:
    """Make that change in this process, for good. Raises whatever the changed module raises when it is executed."""
    module = sys.modules[mutation.module]
    changed = ModuleType(mutation.module)
    changed.__dict__.update(__file__=module.__file__, __package__=module.__package__)
    exec(compile(mutation.source, str(module.__file__), "exec"), changed.__dict__)  # noqa: S102 - our own source
    if mutation.owner:
        setattr(getattr(module, mutation.owner), mutation.name, vars(getattr(changed, mutation.owner))[mutation.name])
    else:
        _replace_everywhere(getattr(module, mutation.name), getattr(changed, mutation.name), mutation.name)


def _replace_everywhere(old: Any, new: Any, name: str) -> None:
    for loaded in list(sys.modules.values()):
        if getattr(loaded, "__name__", "").startswith("reference_impl") and getattr(loaded, name, None) is old:
            setattr(loaded, name, new)
