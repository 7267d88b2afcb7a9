"""The metaclass of every domain orchestrator: built by the registry only, documented without exception."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from domains.orchestration.exceptions import RegistrationError

if TYPE_CHECKING:
    from domains.orchestration.main import MainOrchestrator

CLASS_SECTIONS = ("Description",)
METHOD_SECTIONS = ("Description", "Input", "Output")


class BaseOrchestrator(type):
    """Refuses, at import, a class or a public method whose docstring lacks a section or leaves it empty.

    A class needs "Description:", a method "Description:", "Input:" and "Output:". Calling the class raises
    RegistrationError: `OrchestratorRegistry.get(name)` builds instances.

    A class may list in `startable` what people, JSON and schedules may start: each method with the permission it takes,
    such as {"export": "trace.export_trace"}. Everything else is started by code only.
    """

    startable: Mapping[str, str] = MappingProxyType({})

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> BaseOrchestrator:
        _require(name, namespace.get("__doc__"), CLASS_SECTIONS)
        for attribute, value in namespace.items():
            function = value.__func__ if isinstance(value, staticmethod | classmethod) else value
            if inspect.isfunction(function) and not attribute.startswith("_"):
                _require(f"{name}.{attribute}", function.__doc__, METHOD_SECTIONS)
        for method, needed in namespace.get("startable", {}).items():
            if not inspect.isfunction(namespace.get(method)) or method.startswith("_") or "." not in needed:
                raise TypeError(f"{name}.startable: {method!r}: {needed!r} is no method with a permission.")
        return super().__new__(mcs, name, bases, namespace)

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        """Always refused."""
        raise RegistrationError(f"{cls.__name__} is built by OrchestratorRegistry.get, not called.")


def build(cls: BaseOrchestrator, main: MainOrchestrator, name: str) -> Any:
    """A fresh instance bound to `main`, known to it before its own `__init__` asks for others."""
    new: Any = object.__new__
    instance = new(cls)
    instance.orchestrator = main
    main.domains[name] = instance
    instance.__init__(main)
    return instance


def _require(name: str, docstring: str | None, sections: tuple[str, ...]) -> None:
    others = "|".join(METHOD_SECTIONS)
    for section in sections:
        pattern = rf"(?ms)^[ \t]*{section}:(.*?)(?=^[ \t]*(?:{others}):|\Z)"
        found = re.search(pattern, docstring or "")
        if found is None or not found.group(1).strip():
            raise TypeError(f"The docstring of {name} needs a non-empty section {section}:")
