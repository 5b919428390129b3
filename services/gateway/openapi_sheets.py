"""What OpenAPI says of lists: shown and said, and workbooks to fill in."""

from typing import Any

from services.gateway import openapi_parts as parts
from services.gateway.openapi_parts import Both, Document
from services.gateway.workbooks import XLSX

_QUERY: dict[str, Both] = {
    "file": ("文件名", "What the file is called"),
    "party": ("主体，仅试用网关需要", "Whose list; a gateway for trying asks for it"),
    "profile": ("映射名称", "What its profile is kept as"),
    "type": ("填报类型，如 project.described", "As project.described"),
    "members": ("事项成员，如 chengdu,deyang", "Of the subjects, as chengdu,deyang"),
    "confirm": (
        "预览所给的 confirm；有则报送",
        "What the preview gave as confirm; then it is said",
    ),
}
_CORRECTIONS: dict[str, Both] = {
    "column": (
        "列，如 E=total_investment.amount:亿元，不取 G=-",
        "As E=total_investment.amount:亿元; G=- is not read",
    ),
    "set": ("默认值，如 as_of=2024-05", "For every row, as as_of=2024-05"),
}


def lists(localized: Any) -> Document:
    """Returns the paths."""
    text = {"type": "string"}
    return {
        "/sheets": {
            "post": {
                "operationId": "list",
                "summary": localized(
                    ("预览表格；确认后报送", "Preview a list; confirmed, say it")
                ),
                "parameters": [
                    *(parts.query(n, localized(words)) for n, words in _QUERY.items()),
                    *(
                        parts.query(
                            n, localized(words), {"type": "array", "items": text}
                        )
                        for n, words in _CORRECTIONS.items()
                    ),
                ],
                "requestBody": {
                    "required": True,
                    "description": "xlsx, xls, ods, csv",
                    "content": {"application/octet-stream": {}},
                },
                "responses": {
                    "200": parts.answer(
                        localized(("预览，或已受理", "shown, or said")), None
                    ),
                    "202": parts.answer(
                        localized(("部分尚无回执", "some have no receipt yet")), None
                    ),
                    **parts.problems(
                        localized, 400, 401, 403, 408, 409, 413, 422, 429, 500, 503
                    ),
                },
            }
        },
        "/templates/{fact}": {
            "get": {
                "operationId": "template",
                "security": [],
                "summary": localized(("空白表格", "An empty workbook to fill in")),
                "parameters": [parts.path("fact", "project.described")],
                "responses": {
                    "200": {"description": "OK", "content": {XLSX: {}}},
                    **parts.problems(localized, 404),
                },
            }
        },
    }
