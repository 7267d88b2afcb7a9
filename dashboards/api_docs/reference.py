"""An OpenAPI 3.1 document as what a page shows: groups of operations, and the objects that they speak of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

METHODS = ("get", "post", "put", "patch", "delete")
TONES = {"get": "", "post": "ok", "put": "run", "patch": "run", "delete": "bad"}
Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Member:
    """A parameter or a key of an object. `where` is "query", "path" or ""; `link` is the object it leads to."""

    name: str
    type: str
    required: bool
    about: str
    where: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A response, or with status "" the body of a request."""

    status: str
    type: str
    link: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path."""

    anchor: str
    method: str
    tone: str
    path: str
    about: str
    parameters: list[Member]
    body: Answer | None
    answers: list[Answer]


@dataclass(frozen=True, slots=True)
class Group:
    """The operations of one kind of object."""

    name: str
    operations: list[Operation]


@dataclass(frozen=True, slots=True)
class Thing:
    """An object that operations take or answer with."""

    name: str
    about: str
    members: list[Member]


def prose(text: str) -> SafeString:
    """A description with what stands between backticks as code."""
    parts = enumerate(text.split("`"))
    return format_html_join(
        "", "{}", ((format_html("<code>{}</code>", part) if odd % 2 else part,) for odd, part in parts)
    )


class Reference:
    """Reads the document."""

    def __init__(self, document: Schema) -> None:
        self.document = document
        self.schemas: Mapping[str, Schema] = document.get("components", {}).get("schemas", {})

    def groups(self) -> list[Group]:
        """The operations by their tag, in the order of the document."""
        groups: dict[str, Group] = {}
        for path, methods in self.document["paths"].items():
            for method in METHODS:
                if method in methods:
                    tag = (methods[method].get("tags") or ["other"])[0]
                    group = groups.setdefault(tag, Group(tag.replace("-", " ").capitalize(), []))
                    group.operations.append(self._operation(path, method, methods[method]))
        return list(groups.values())

    def things(self) -> list[Thing]:
        """The objects by name; lists of objects and plain choices are left out, they are shown where they are used."""
        return [
            Thing(name, prose(schema.get("description", "")), list(self._members(schema)))
            for name, schema in sorted(self.schemas.items())
            if "properties" in schema
        ]

    def type_of(self, schema: Schema) -> tuple[str, str]:
        """The type in words, and the name of the object that it leads to, "" for none."""
        if "$ref" in schema:
            name = schema["$ref"].rsplit("/", 1)[-1]
            target = self.schemas.get(name, {})
            return (name, name) if "properties" in target else self.type_of(target)
        for joiner in ("allOf", "oneOf", "anyOf"):
            if joiner in schema:
                parts = [self.type_of(part) for part in schema[joiner]]
                return " or ".join(dict.fromkeys(words for words, _ in parts)), next(
                    (link for _, link in parts if link), ""
                )
        kinds = schema.get("type", "any")
        words = [kinds] if isinstance(kinds, str) else list(kinds)
        if "array" in words:
            inner, link = self.type_of(schema.get("items", {}))
            return f"list of {inner}", link
        if choices := schema.get("enum"):
            return " | ".join("null" if choice is None else str(choice) for choice in choices), ""
        words[0] = schema.get("format", words[0])
        return " or ".join(words), ""

    def _operation(self, path: str, method: str, operation: Schema) -> Operation:
        body = operation.get("requestBody")
        answers = operation.get("responses", {}).items()
        return Operation(
            anchor=operation["operationId"],
            method=method.upper(),
            tone=TONES[method],
            path=path,
            about=prose(operation.get("description") or operation.get("summary") or ""),
            parameters=[self._parameter(one) for one in operation.get("parameters", [])],
            body=self._answer("", body) if body else None,
            answers=[self._answer(status, answer) for status, answer in answers],
        )

    def _answer(self, status: str, answer: Schema) -> Answer:
        content: Schema = answer.get("content", {})
        schema = next((media.get("schema", {}) for media in content.values()), None)
        words, link = ("nothing", "") if schema is None else self.type_of(schema)
        return Answer(status, words, link, prose(answer.get("description", "")))

    def _parameter(self, one: Schema) -> Member:
        words, link = self.type_of(one.get("schema", {}))
        return Member(one["name"], words, bool(one.get("required")), prose(one.get("description", "")), one["in"], link)

    def _members(self, schema: Schema) -> Iterator[Member]:
        required = schema.get("required", [])
        for name, member in schema["properties"].items():
            words, link = self.type_of(member)
            yield Member(name, words, name in required, prose(member.get("description", "")), link=link)
