"""What the page knows of the API, generated from the service's own document: ``make types`` writes it.

A file for each part of the page that comes by itself: types of what is sent, and schemas (valibot) of what is answered,
which are types too. An answer is checked where it enters the page, and what is not described is left out of it.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from pmd_service.app import create_app
from pmd_service.base.settings import Settings
from pmd_service.dashboard.routes import PageConfig
from pmd_service.http.openapi.page import DOCUMENTATION
from pmd_service.imports.lifecycle import ENDINGS
from pmd_service.imports.reading import FORMS
from pmd_service.media.formats import FORMATS
from pmd_service.media.registry import KINDS
from pmd_service.packs.license_kinds import LICENSE_KINDS

SOURCES = Path(__file__).parents[2] / "web" / "src"

# By file, the page's names and the API's: a schema; “>” the client's type of what is sent; “=” a type of these.
PARTS: Mapping[str, Mapping[str, str]] = {
    "data/schema.ts": {
        **{name: name for name in ("Post", "PostPage", "Changed", "License", "LicenseList", "Bdr", "BdrList")},
        **{name: name for name in ("BdrAccepted", "MissingList", "UserList", "AuditPage")},
        **{name: name for name in ("Takeout", "TakeoutList", "TakeoutContents", "Erasure", "Packable", "PageConfig")},
        **{name: name for name in ("Hide", "HidePage", "Months", "SavedView", "SavedViewPage", "AccountLanguage")},
        "DraftsMade": "DraftsMade",
        **{name: f">{name}" for name in ("ActionRequest", "LicenseRequest", "BdrRequest", "FilesRequest")},
        "Me": "Me",
        "PostVersions": "PostVersions",
        "PostVersion": '=PostVersions["items"][number]',
        "BdrStatus": '=Bdr["status"]',
        "PostIds": "Posts",
    },
    "data/changes/schema.ts": {
        **{name: name for name in ("BulkChange", "BulkPage", "BulkReport")},
        "PostCount": "Count",
        "BulkRequest": ">BulkRequest",
        "BulkAction": '=BulkRequest["action"]',
        "BulkFilter": '=BulkRequest["filter"]',
    },
    "data/imports/schema.ts": {
        **{name: name for name in ("Import", "ImportPage", "ImportCount", "ImportedItem", "ItemPage")},
        "ImportRequest": ">ImportRequest",
        "Choices": ">ImportChoices",
    },
    "features/uploads/schema.ts": {
        **{name: name for name in ("Checked", "CheckAnswer", "Upload", "Line", "Undone", "RecognizedLicense")},
        "UploadPage": "UploadList",
        "LinePage": "LineList",
        "Announced": "AnnouncedUpload",
        **{name: f">{name}" for name in ("CheckRequest", "Defaults", "PageRequest", "UploadRequest")},
    },
    "data/assets/schema.ts": {
        "Asset": "AssetItem",
        "AssetType": '=Asset["type"]',
        "Provenance": '=Asset["provenance"]',
        "State": '=Asset["state"]',
        **{
            name: name
            for name in (
                "Facet",
                "Facets",
                "AssetCounts",
                "AssetPage",
                "AssetsChanged",
                "FolderPage",
                "AlikePage",
                "KeptPairPage",
                "SequencePage",
            )
        },
        **{name: name for name in ("SmartFolder", "SmartFolderPage", "Tag", "TagPage", "TagsRenamed")},
        **{name: f">{name}" for name in ("SmartFolderRequest", "SmartFolderEdit")},
        "TagColor": '=NonNullable<Tag["color"]>',
        "AssetDetails": "AssetDetails",
        "Published": "PublishAnswer",
        "Disclosures": "DisclosuresAnswer",
        "AssetEditRequest": ">AssetEditRequest",
        "AssetEdit": '=Omit<AssetEditRequest, "asset_ids">',
    },
    "features/tasks/schema.ts": {
        **{name: name for name in ("Job", "JobPage", "JobPreview", "JobResult", "KindList", "GroupCounts")},
        "JobKind": '=Job["kind"]',
        "JobStatus": '=Job["status"]',
        "Kind": "KindInfo",
        "Started": "JobsStarted",
    },
    "features/console/schema.ts": {
        **{
            name: name
            for name in ("Overview", "KindOfWork", "Dependency", "WorkItem", "WorkList", "StoryEvent", "Story")
        },
        **{name: name for name in ("OperatorAct", "OperatorLog", "WorkOrdered")},
        "WorkRef": ">WorkRef",
        "State": '=WorkItem["state"]',
    },
    "features/packs/schema.ts": {
        **{name: name for name in ("Cover", "CoverPicture", "Pack", "PackPage", "PackedAsset", "PackDetails")},
        **{name: name for name in ("Conflict", "PackCheck")},
        "LicenseType": '=Pack["license_type"]',
        "Edition": "PackEdition",
        **{name: f">{name}" for name in ("PackChanges", "ChosenAsset", "ExportRequest")},
    },
    "data/publishing/schema.ts": {name: name for name in ("Rule", "Series", "SeriesPage", "SeriesOrder")},
    "features/desk/schema.ts": {
        **{name: name for name in ("Draft", "DraftPage", "DraftsChanged", "DraftsScheduled", "DraftsMoved")},
        "DraftCounts": "DraftCounts",
        **{name: name for name in ("Calendar", "Plan", "SheetReport")},
        **{name: f">{name}" for name in ("DraftFields", "ScheduleRequest")},
    },
    "features/settings/schema.ts": {
        **{name: name for name in ("AccessKey", "KeyPage", "MadeKey", "Session", "SessionPage", "DeviceGrant")},
        "SignedOut": "Ended",
        **{name: f">{name}" for name in ("NewKey", "KeyChanges", "Decision")},
        "Scope": '=NewKey["scopes"][number]',
        "Watermark": "Watermark",
        "WatermarkRequest": ">WatermarkRequest",
        "Place": '=Watermark["place"]',
    },
    "features/settings/webhooks/schema.ts": {
        **{name: name for name in ("Webhook", "WebhookList", "NewSecret", "Delivery", "DeliveryPage")},
        **{name: f">{name}" for name in ("WebhookRequest", "WebhookEdit")},
        "EventName": '=WebhookRequest["events"][number]',
    },
    "data/links/schema.ts": {"Link": "Link", "LinkList": "LinkList", "LinkRequest": ">LinkRequest"},
    "features/insights/schema.ts": {
        **{name: name for name in ("InsightDay", "InsightDays", "InsightSubject", "InsightPage")},
    },
    "data/moderation/schema.ts": {
        **{name: name for name in ("PostReport", "PostReportPage", "PostReportsSettled")},
        "SettleRequest": ">SettleRequest",
    },
}
_HELPERS = {
    "time": "v.pipe(v.string(), v.isoTimestamp())",
    "whole": "v.pipe(v.number(), v.integer())",
}
_PLAIN = {"integer": "whole", "number": "v.number()", "boolean": "v.boolean()", "string": "v.string()"}
# Who has all of another's fields, and so many, is written as that one and what comes beside it.
_MANY_FIELDS = 8

# By file, what its records say of each: constants, and their types.
RECORDS: Mapping[str, Mapping[str, tuple[str, Any]]] = {
    "features/tasks/schema.ts": {
        "kindTitles": ("Readonly<Record<string, string>>", {name: kind.title for name, kind in KINDS.items()}),
    },
    "data/imports/schema.ts": {
        "formTitles": ("Readonly<Record<string, string>>", {form.name: form.title for form in FORMS}),
        "archiveEndings": ("readonly string[]", ENDINGS),
    },
    "data/assets/schema.ts": {
        "typesInBrowsers": ("readonly string[]", [each.mime_type for each in FORMATS.values() if each.in_browsers]),
    },
    "features/packs/schema.ts": {
        "licenseKinds": (
            "Readonly<Record<LicenseType, { readonly title: string; readonly terms: Readonly<Record<string, string>>; "
            "readonly fitting: readonly (string | null)[] }>>",
            {
                name: {
                    "title": kind.title,
                    "terms": {"May": kind.may, "Must": kind.must, "Must not": kind.must_not},
                    "fitting": kind.fitting,
                }
                for name, kind in LICENSE_KINDS.items()
            },
        ),
    },
}

# Nothing is started with them; the document says the same on every site but for its name.
SETTINGS = Settings(
    database_url="postgresql://localhost/pmd",
    redis_url="redis://localhost",
    base_url="https://makapix.club",
    jwt_secret_key="no token is ever read with this key",
)

Json = dict[str, Any]


def api_document() -> Json:
    return create_app(SETTINGS)[DOCUMENTATION].document


def generate_types() -> dict[Path, str]:
    """The files and what is in them."""
    _schemas, ours = msgspec.json.schema_components([PageConfig], ref_template="#/components/schemas/{name}")
    components = api_document()["components"]["schemas"] | ours
    return {
        SOURCES / name: _Part(components, names).text() + _constants(RECORDS.get(name, {}))
        for name, names in PARTS.items()
    } | {SOURCES / "locales" / "records.ts": _texts_module()}


class _Part:
    """One file: the schemas that it names, after those that they are made of."""

    def __init__(self, components: Mapping[str, Json], names: Mapping[str, str]) -> None:
        self._components = components
        self._names = names
        self._own = {api: own for own, api in names.items()}
        self._written: dict[str, str] = {}

    def text(self) -> str:
        for api in self._own:
            if api in self._components:
                self._require(api)
        sent = [self._type_of(own, api[1:]) for own, api in self._names.items() if api.startswith(">")]
        made = [f"export type {own} = {api[1:]};\n" for own, api in self._names.items() if api.startswith("=")]
        body = "\n".join([*self._written.values(), *sent, "".join(made)])
        helpers = [f"const {name} = {node};\n" for name, node in _HELPERS.items() if re.search(rf"\b{name}\b", body)]
        head = "// Written by “make types” from /api/openapi.json.\n"
        head += 'import type { Schema } from "@pmd/client";\n' if sent else ""
        head += 'import * as v from "valibot";\n'
        return "\n".join([head, "".join(helpers), body])

    def _require(self, api: str) -> str:
        """The name of a component's schema, which stands in the file from now on."""
        own = self._own.get(api, api)
        if api not in self._written:
            node = self._schema(self._components[api])
            exported = "export " if api in self._own else ""
            text = f"{self._comment(api)}{exported}const {own} = {node};\n"
            if exported:
                text += f"export type {own} = v.InferOutput<typeof {own}>;\n"
            self._written[api] = text
        return own

    def _comment(self, api: str) -> str:
        description = self._components[api].get("description", "").partition("\n")[0]
        return f"/** {description.replace('``', '`')} */\n" if description else ""

    def _schema(self, node: Json) -> str:
        if "$ref" in node:
            return self._require(node["$ref"].rpartition("/")[2])
        if "anyOf" in node:
            ways = [self._schema(way) for way in node["anyOf"] if way != {"type": "null"}]
            some = ways[0] if len(ways) == 1 else f"v.union([{', '.join(ways)}])"
            return f"v.nullable({some})" if len(ways) < len(node["anyOf"]) else some
        if "const" in node or "enum" in node:
            return _one_of(node.get("enum") or [node["const"]])
        if node["type"] == "array":
            return f"v.array({self._schema(node['items'])})"
        if node["type"] == "object":
            return self._object(node)
        return "time" if node.get("format") == "date-time" else _PLAIN[node["type"]]

    def _object(self, node: Json) -> str:
        if "properties" not in node:
            values = node.get("additionalProperties")
            return f"v.record(v.string(), {self._schema(values) if values else 'v.unknown()'})"
        base = self._base(node)
        fields = [f"  ...{self._require(base)}.entries,\n"] if base else []
        known = self._components[base]["properties"] if base else {}
        fields += [
            f"  {name}: {self._field(name, field, node)},\n"
            for name, field in node["properties"].items()
            if name not in known
        ]
        return f"v.object({{\n{''.join(fields)}}})"

    def _base(self, node: Json) -> str | None:
        """The schema of this file that another one begins with, field by field."""
        fields = node["properties"].items()
        for api in self._own:
            base = self._components.get(api, {})
            known = base.get("properties", {})
            is_there = len(known) >= _MANY_FIELDS and base != node and known.items() <= fields
            if is_there and set(base["required"]) == set(node["required"]) & set(known):
                return api
        return None

    def _field(self, name: str, field: Json, node: Json) -> str:
        schema = self._schema(field)
        if name in node["required"]:
            return schema
        return f"v.optional({schema}, {_js(field['default'])})" if "default" in field else f"v.exactOptional({schema})"

    def _type_of(self, own: str, api: str) -> str:
        return f'{self._comment(api)}export type {own} = Schema<"{api}">;\n'


def record_texts() -> list[str]:
    """What people read of the records and of the tasks' parameters: by these the catalogues have it."""
    texts = ["May", "Must", "Must not", *(form.title for form in FORMS)]
    for licence in LICENSE_KINDS.values():
        texts += [licence.title, licence.may, licence.must, licence.must_not]
    for kind in KINDS.values():
        texts += [kind.title, kind.description, *_texts_in(msgspec.json.schema(kind.params))]
    # What is between backquotes is for the reference of the API.
    return sorted({text for text in texts if text and "``" not in text})


def _texts_in(node: object) -> Iterator[str]:
    """Descriptions; names of fields and choices as the form writes them (``sentence`` in features/tasks/form.ts)."""
    if isinstance(node, dict):
        words = [*node.get("properties", ()), *node.get("enum", ()), node.get("const"), *node.get("mapping", ())]
        yield from (_sentence(word) for word in words if isinstance(word, str))
        yield from (node[name] for name in ("description",) if isinstance(node.get(name), str))
    if isinstance(node, dict | list):
        for each in node.values() if isinstance(node, dict) else node:
            yield from _texts_in(each)


def _sentence(name: str) -> str:
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]


def _texts_module() -> str:
    """No module of the page imports it: it is for the catalogues alone, whose ids these texts are."""
    texts = "".join(f"  msg({{ id: {_js(text)} }}),\n" for text in record_texts())
    return (
        "// Written by “make types” from the records of the service: what `translated` finds in the catalogues.\n"
        'import { msg } from "@lingui/core/macro";\n\n'
        f"export const records = [\n{texts}];\n"
    )


def _constants(records: Mapping[str, tuple[str, Any]]) -> str:
    return "".join(
        f"\nexport const {name}: {type_} = {msgspec.json.format(_js(value), indent=2)};\n"
        for name, (type_, value) in records.items()
    )


def _js(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _one_of(words: list[Any]) -> str:
    """Checked as a text: a word more of a newer service shall not break a page that is open."""
    return f"v.string() as v.GenericSchema<unknown, {' | '.join(map(_js, words))}>"


if __name__ == "__main__":
    for path, text in generate_types().items():
        path.write_text(text)
