"""What core says to a person is said in Chinese on a Chinese page: every message that its source can make."""

import ast
import string
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from core import errors
from core.digits import data
from dashboard.words import core as words
from dashboard.words import texts

ROOT = Path(__file__).parent.parent
SOURCES = [*sorted((ROOT / "core").rglob("*.py")), ROOT / "dashboard" / "learn" / "surgery_settings.py"]
ERRORS = {name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, Exception)}
ON_THE_COMMAND_LINE_ALONE = {
    "__main__": "it is the command line",
    "shipped.ship": "called by python -m core.runs.shipped",
    "records.from_record": "reads a line of the command line's drawings file",
    "pictures.from_file": "the page has an upload's content, and no path",
    "data.download": "load, which a run and the pages call, takes the subset instead",
    "data._fetch": "the same",
    "subset.write": "called by python -m core subset",
    "ood.write": "called by python -m core ood",
    "worker.follow": "a process beside the first writes nothing to the store",
}
PASSED_ON = {"done.stderr.strip()", "finished.message"}
"""What another process or an event says, collected where it is made."""
TEMPLATES = {key: text for key, text in texts().items() if key.startswith("core.")}


@pytest.fixture(autouse=True)
def page_is_chinese(monkeypatch):
    monkeypatch.setattr(words, "language", lambda: "zh")


def said(node: ast.expr, functions: dict[str, ast.FunctionDef]) -> list[str]:
    """The texts that an expression can be, values as 7; those of a function's returns where it calls one."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr(values=parts):
            return ["".join(text) for text in product(*(said(part, functions) for part in parts))]
        case ast.FormattedValue(value=ast.IfExp() as choice):
            return said(choice, functions)
        case ast.FormattedValue():
            return ["7"]
        case ast.IfExp(body=body, orelse=other):
            return [*said(body, functions), *said(other, functions)]
        case ast.Call(func=ast.Name(id=name)) if name in functions:
            returned = [step.value for step in ast.walk(functions[name]) if isinstance(step, ast.Return)]
            return [text for value in returned for text in said(value, functions)]
    source = ast.unparse(node)
    assert source in PASSED_ON, f"write this message in place: {source}"
    return []


def message_in(node: ast.AST) -> ast.expr | None:
    """What is said where an error is made, a run's state is set or an event has a message."""
    match node:
        case ast.Call(func=ast.Name(id=name), args=[message, *_]) if name in ERRORS:
            return message
        case ast.Call(func=ast.Attribute(attr="set_state"), args=[_, _, message, *_]):
            return None if ast.unparse(message) in ("str(error)", "event.message") else message
        case ast.Call(func=ast.Name(id="Finished"), keywords=[ast.keyword(arg="message", value=message)]):
            return message
    return None


def defined_in(path: Path) -> list[ast.FunctionDef]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def by_name(functions: list[ast.FunctionDef]) -> dict[str, ast.FunctionDef]:
    return {function.name: function for function in functions}


def messages() -> Iterator[tuple[str, str]]:
    """(where, text) of each message that a page can show."""
    for path in SOURCES:
        functions = defined_in(path)
        for function in functions:
            if {path.stem, f"{path.stem}.{function.name}"} & ON_THE_COMMAND_LINE_ALONE.keys():
                continue
            for node in ast.walk(function):
                if message := message_in(node):
                    yield from ((f"{path.name}:{node.lineno}", text) for text in said(message, by_name(functions)))


def reasons() -> Iterator[tuple[str, str]]:
    """(where, text) of each reason for a device, a precision or a way of launching steps."""
    for module, names in (
        ("devices", ("choose_device", "choose_precision", "_fastest")),
        ("learner", ("launch_mode",)),
    ):
        functions = by_name(defined_in(ROOT / "core" / "training" / f"{module}.py"))
        for name in names:
            for node in ast.walk(functions[name]):
                if isinstance(node, ast.Return):
                    value = node.value.elts[1] if isinstance(node.value, ast.Tuple) else node.value
                    if isinstance(value, (ast.Constant, ast.JoinedStr, ast.IfExp)):
                        yield from ((f"{module}.{name}", text) for text in said(value, functions) if text)


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_every_message_of_core_has_its_chinese():
    found = list(messages())
    assert len(found) > 70
    assert not [(where, text) for where, text in found if words.translated(text) == text]


def test_every_reason_has_its_chinese():
    found = list(reasons())
    assert len(found) > 8
    assert not [(where, text) for where, text in found if words.translated(text) == text]


def test_exceptions_are_still_there():
    stems = {path.stem for path in SOURCES}
    found = {f"{path.stem}.{function.name}" for path in SOURCES for function in defined_in(path)}
    assert ON_THE_COMMAND_LINE_ALONE.keys() <= stems | found


@pytest.mark.parametrize("key", TEMPLATES)
def test_template_is_known_as_itself_and_fills_in_the_same_fields(key):
    english, chinese = TEMPLATES[key]["en"], TEMPLATES[key]["zh"]
    assert placeholders(english) == placeholders(chinese)
    fields = {name: f"the {name}" for name in placeholders(english)}
    assert words.translated(english.format(**fields)) == chinese.format(**fields)


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        (data.FULL_NOTE, "完整 MNIST：训练 60,000 张，测试 10,000 张。"),
        (data.SUBSET_NOTE, "MNIST 的 12,000 张子集（训练 10,000 张，测试 2,000 张）：这里没有完整的 MNIST。"),
        ("as set; whole steps run as one CUDA graph", "按设置；整步作为一个 CUDA 图执行"),
        ("as set; steps run plainly, no CUDA graph: a; b", "按设置；各步直接执行，不能用 CUDA 图：a; b"),
        ("no CUDA or Apple GPU found; 2 cores", "没有找到 CUDA 设备或苹果 GPU；2 个核心"),
        ("Run 7 is finished: it cannot pause, only restart.", "训练 7 已完成，不能暂停，只能重新开始。"),
        ("Run 7 is lost: it cannot stop, only restart, resume.", "训练 7 已中断，不能停止，只能重新开始、继续。"),
        (
            "Cannot make the runs folder /r (Permission denied): choose another with --runs.",
            "无法创建训练记录文件夹 /r（没有权限）：请用 --runs 另选一个。",
        ),
        ("A text that core does not say; as set, stop", "A text that core does not say; as set, stop"),
        ("", ""),
    ],
)
def test_message_is_said_in_chinese_as_a_whole(english, chinese):
    assert words.translated(english) == chinese


def test_english_page_says_it_as_core_does(monkeypatch):
    monkeypatch.setattr(words, "language", lambda: "en")
    assert words.translated(data.FULL_NOTE) == data.FULL_NOTE
