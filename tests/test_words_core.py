"""What core says to a person is said in Chinese on a Chinese page: every template of its source has an entry."""

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from core import errors
from core.digits import data
from core.messages import Message, joined, listed, pack
from dashboard.words import core as words
from dashboard.words import texts

ROOT = Path(__file__).parent.parent
SOURCES = [*sorted((ROOT / "core").rglob("*.py")), ROOT / "dashboard" / "learn" / "surgery_settings.py"]
MAKERS = {"Message"} | {
    name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, Exception)
}
ON_THE_COMMAND_LINE_ALONE = {
    "commands": "it is the command line",
    "reader_commands": "it is the command line",
    "run_commands": "it is the command line",
    "sweep_command": "it is the command line",
    "__main__": "it is the command line",
    "shipped.ship": "called by python -m core ship",
    "records": "reads the command line's drawings file",
    "pictures.all_from_file": "the page has an upload's content, and no path",
    "data.download": "load, which a run and the pages call, takes the subset instead",
    "data._fetch": "the same",
    "subset.write": "called by python -m core subset",
    "ood.write": "called by python -m core ood",
    "discrimination.write": "called by python -m core discriminator",
    "preparation.follow": "a process beside the first writes nothing to the store",
}
TEMPLATES = {key: text for key, text in texts().items() if key.startswith("core.")}
ENGLISH = {text["en"] for text in TEMPLATES.values()}


def page_says(message: Message | str, tongue: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(words, "language", lambda: tongue)
    return words.translated(message)


def made_in(tree: ast.AST) -> Iterator[tuple[str, ast.Call, str]]:
    """(enclosing function, call, template) of each error or message whose template is written in place."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=str(template)), *_]) if name in MAKERS:
                within = [f for f in functions if f.lineno <= node.lineno <= (f.end_lineno or 0)]
                yield (within[-1].name if within else "", node, template)


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def values_given(call: ast.Call) -> set[str] | None:
    """The names of the values that a call passes; None where they are not all written in place."""
    match call:
        case ast.Call(args=[_], keywords=keywords) if all(keyword.arg for keyword in keywords):
            return {str(keyword.arg) for keyword in keywords}
        case ast.Call(args=[_, ast.Dict(keys=keys)]) if all(isinstance(key, ast.Constant) for key in keys):
            return {ast.literal_eval(key) for key in keys if key}
    return None


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_template_has_its_entry_and_is_given_its_values(path):
    for function, call, template in made_in(ast.parse(path.read_text(encoding="utf-8"))):
        where = f"{path.name}:{call.lineno}: {template}"
        given = values_given(call)
        if given is not None:  # without values a template may hold braces of its own
            assert given == {name for name in placeholders(template) if given or name.isidentifier()}, where
        if not {path.stem, f"{path.stem}.{function}"} & ON_THE_COMMAND_LINE_ALONE.keys():
            assert template in ENGLISH, where


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_message_is_put_together_where_it_is_made(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(func=ast.Name(id=name), args=[ast.JoinedStr() | ast.BinOp(), *_]) if name in MAKERS:
                pytest.fail(f"{path.name}:{node.lineno}: {ast.unparse(node)}")


def test_templates_are_found_in_the_source():
    found = {template for path in SOURCES for _, _, template in made_in(ast.parse(path.read_text(encoding="utf-8")))}
    assert len(found & ENGLISH) > 50


def test_exceptions_are_still_there():
    stems = {path.stem for path in SOURCES}
    functions = {
        f"{path.stem}.{node.name}"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    }
    assert ON_THE_COMMAND_LINE_ALONE.keys() <= stems | functions


@pytest.mark.parametrize("key", TEMPLATES)
def test_template_is_found_and_fills_in_the_same_values(key, monkeypatch):
    english, chinese = TEMPLATES[key]["en"], TEMPLATES[key]["zh"]
    assert placeholders(english) == placeholders(chinese)
    values = {name: f"the {name}" for name in placeholders(english)}
    message = Message(english, values)
    for said in (message, pack(message)):
        assert page_says(said, "zh", monkeypatch) == (chinese.format(**values) if values else chinese)
        assert page_says(said, "en", monkeypatch) == (english.format(**values) if values else english)


CANNOT = "Run {run} is {state}: it cannot {action}, only {options}."
AS_SET = Message("as set")


@pytest.mark.parametrize(
    ("message", "chinese"),
    [
        (data.FULL_NOTE, "完整 MNIST：训练 60,000 张，测试 10,000 张。"),
        (joined(AS_SET, Message("whole steps run as one CUDA graph")), "按设置；整步作为一个 CUDA 图执行"),
        (
            joined(AS_SET, Message("steps run without a CUDA graph: {refusal}", {"refusal": "a; b"})),
            "按设置；不能用 CUDA 图，逐个启动：a; b",
        ),
        (
            Message("no CUDA or Apple GPU found; {cores} cores", {"cores": 2}),
            "没有找到 CUDA 设备或苹果 GPU；2 个核心",
        ),
        (
            Message(
                CANNOT, {"run": "7", "state": "finished", "action": "pause", "options": listed(Message("restart"))}
            ),
            "训练 7 已完成，不能暂停，只能重新开始。",
        ),
        (
            Message(
                CANNOT,
                {
                    "run": "7",
                    "state": Message("lost"),
                    "action": "stop",
                    "options": listed(Message("restart"), Message("resume")),
                },
            ),
            "训练 7 已中断，不能停止，只能重新开始、继续。",
        ),
        (
            Message(
                "Cannot make the runs folder {folder} ({error}): choose another with --runs.",
                {"folder": "/r", "error": "Permission denied"},
            ),
            "无法创建训练记录文件夹 /r（没有权限）：请用 --runs 另选一个。",
        ),
        (
            Message(
                "{name} is {found} where a row reader of this kind has {wanted}: use its own file.",
                {"name": "lstm.bias_ih_l0", "found": Message("missing"), "wanted": "(512,)"},
            ),
            "lstm.bias_ih_l0 是 缺失，而这种网络应为 (512,)：请用它自己的文件。",
        ),
        ("A text that core does not say; as set, stop", "A text that core does not say; as set, stop"),
        ("Run 7 is {odd} braces", "Run 7 is {odd} braces"),
        ("", ""),
    ],
)
def test_message_is_said_in_chinese_as_a_whole(message, chinese, monkeypatch):
    assert page_says(message, "zh", monkeypatch) == chinese
    if isinstance(message, Message):
        assert page_says(pack(message), "zh", monkeypatch) == chinese
        assert page_says(pack(message), "en", monkeypatch) == str(message)


def test_english_page_says_it_as_core_does(monkeypatch):
    assert page_says(data.FULL_NOTE, "en", monkeypatch) == str(data.FULL_NOTE)
