"""Whether a document is a workspace: every fault is found in one go and named with its path in the file. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from domains.trace import properties, rules
from domains.trace.rules import KINDS
from domains.trace.shapes import Faults, check_value, expect, is_id, is_time, member, shown


def kind_of_source(source: Mapping[str, Any]) -> str:
    """features, gateways, tiers or tags by the data source's title; "" for any other."""
    title = properties.plain_text(source["title"]).casefold()
    return title if title in KINDS else ""


def workspace_faults(document: Any) -> Faults:
    """Every fault of the document. Later checks run only on what the earlier ones found sound."""
    faults = Faults()
    if not expect(document, dict, "the file", faults, "an object with data_sources"):
        return faults
    sources = document.get("data_sources")
    if not expect(sources, list, "data_sources", faults, "a list of data sources"):
        return faults
    sound = [
        (f"data_sources[{index}]", source)
        for index, source in enumerate(sources)
        if _source_is_sound(source, f"data_sources[{index}]", faults)
    ]
    _check_kinds(sound, len(sources), faults)
    mapped = [(path, source) for path, source in sound if kind_of_source(source)]
    for path, source in mapped:
        _check_schema(path, source, faults)
        for index, page in enumerate(source["pages"]):
            _check_page(page, f"{path}.pages[{index}]", source["properties"], faults)
    if not faults.count:
        _check_identities(mapped, faults)
        _check_relations(sound, mapped, faults)
    return faults


def _source_is_sound(source: Any, path: str, faults: Faults) -> bool:
    if not expect(source, dict, path, faults, "an object"):
        return False
    before = faults.count
    _check_id(source, path, faults)
    check_value({"type": "title", "title": source.get("title")}, path, faults)
    expect(source.get("properties"), dict, f"{path}.properties", faults, "an object")
    expect(source.get("pages"), list, f"{path}.pages", faults, "a list of pages")
    return faults.count == before


def _check_id(item: Mapping[str, Any], path: str, faults: Faults) -> None:
    if not is_id(item.get("id")):
        faults.add(f"{path}.id", f"expected a UUID, found {shown(item.get('id'))}")


def _check_kinds(sound: list[tuple[str, Any]], total: int, faults: Faults) -> None:
    seen: dict[str, str] = {}
    for path, source in sound:
        kind = kind_of_source(source)
        if kind and kind in seen:
            faults.add(f"{path}.title", f"{seen[kind]} has the title {kind.capitalize()} already")
        seen.setdefault(kind, path)
    if len(sound) == total:
        for kind in KINDS:
            if kind not in seen:
                faults.add("data_sources", f"none has the title {kind.capitalize()}")


def _check_schema(path: str, source: Mapping[str, Any], faults: Faults) -> None:
    keys: dict[str, str] = {}
    titles = 0
    for name, spec in source["properties"].items():
        at = member(f"{path}.properties", name)
        if not expect(spec, dict, at, faults, "an object"):
            continue
        if not expect(spec.get("type"), str, f"{at}.type", faults, "a text"):
            continue
        titles += spec["type"] == "title"
        _check_key(name, spec["type"], at, keys, faults)
    if titles != 1:
        faults.add(f"{path}.properties", f"expected one property of the type title, found {titles}")
    applications = source["properties"].get(keys.get("applications", ""), {})
    if not isinstance(applications, dict) or applications.get("type") != "multi_select":
        faults.add(f"{path}.properties", "needs a property Applications of the type multi_select")


def _check_key(name: str, kind: str, path: str, keys: dict[str, str], faults: Faults) -> None:
    key = "name" if kind == "title" else rules.snake_case(name)
    if not key:
        faults.add(path, "its name has no letter or digit, so it has no key in the published JSON")
    elif key == "id":
        faults.add(path, "would be published as id, which is the id of the page; rename it")
    elif key in keys:
        faults.add(path, f"would be published as {key}, as {shown(keys[key])} is; rename one of them")
    keys.setdefault(key, name)


def _check_page(page: Any, path: str, schema: Mapping[str, Any], faults: Faults) -> None:
    if not expect(page, dict, path, faults, "an object"):
        return
    _check_id(page, path, faults)
    if not is_time(page.get("last_edited_time")):
        faults.add(f"{path}.last_edited_time", f"expected a time, found {shown(page.get('last_edited_time'))}")
    values, at = page.get("properties"), f"{path}.properties"
    if not expect(values, dict, at, faults, "an object"):
        return
    for name in values.keys() - schema.keys():
        faults.add(member(at, name), "is not among the properties of the data source")
    for name, spec in schema.items():
        _check_property(values.get(name), member(at, name), spec, faults)


def _check_property(value: Any, path: str, spec: Any, faults: Faults) -> None:
    if not expect(value, dict, path, faults, "a property value") or not isinstance(spec, dict):
        return
    kind = spec.get("type")
    if isinstance(value.get("type"), str) and value["type"] != kind:
        faults.add(path, f"is a {shown(value['type'])}, but the data source says {shown(kind)}")
        return
    before = faults.count
    check_value(value, path, faults)
    if kind == "title" and faults.count == before and not properties.plain_text(value["title"]):
        faults.add(f"{path}.title", "the name is empty")


def _titled_pages(mapped: list[tuple[str, Any]]) -> Iterator[tuple[str, str, Any, dict[str, str]]]:
    for path, source in mapped:
        keys = properties.property_keys(source["properties"])
        for index, page in enumerate(source["pages"]):
            yield path, f"{path}.pages[{index}]", page, keys


def _check_identities(mapped: list[tuple[str, Any]], faults: Faults) -> None:
    """Ids are unique in the whole file, names and slugs in a data source; pages in the trash do not count."""
    ids: dict[str, str] = {}
    slugs: dict[tuple[str, str], str] = {}
    for source, path, page, keys in _titled_pages(mapped):
        identity = rules.public_id(page["id"])
        if identity in ids:
            faults.add(f"{path}.id", f"is the id of {ids[identity]} too")
        ids.setdefault(identity, path)
        if page.get("in_trash") or page.get("archived"):
            continue
        slug = properties.page_slug(page, keys)
        if (source, slug) in slugs:
            name = properties.flatten(page["properties"][_title_of(keys)])
            faults.add(path, f"{shown(name)} has the slug {slug}, which {slugs[source, slug]} has already")
        slugs.setdefault((source, slug), path)


def _title_of(keys: Mapping[str, str]) -> str:
    return next(name for name, key in keys.items() if key == "name")


def _check_relations(sound: list[tuple[str, Any]], mapped: list[tuple[str, Any]], faults: Faults) -> None:
    """Every relation leads to a page of the file, of the data source that the property names."""
    homes = {
        rules.public_id(page["id"]): rules.public_id(source["id"])
        for _, source in sound
        for page in source["pages"]
        if isinstance(page, dict) and is_id(page.get("id"))
    }
    for path, source in mapped:
        for name, spec in source["properties"].items():
            if spec["type"] != "relation":
                continue
            wanted = rules.public_id(str((spec.get("relation") or {}).get("data_source_id") or ""))
            for index, page in enumerate(source["pages"]):
                at = member(f"{path}.pages[{index}].properties", name) + ".relation"
                for number, item in enumerate(page["properties"][name]["relation"]):
                    _check_target(item["id"], wanted, homes, f"{at}[{number}]", faults)


def _check_target(page_id: str, wanted: str, homes: Mapping[str, str], path: str, faults: Faults) -> None:
    home = homes.get(rules.public_id(page_id))
    if home is None:
        faults.add(path, f"there is no page {page_id} in the file")
    elif wanted and home != wanted:
        faults.add(path, f"the page {page_id} is in another data source than the relation leads to")
