"""What the practice Jira says in other languages: some messages, and the names of fields.

Not Atlassian's translations: only different from the English, so that who reads words is found out.
"""

from __future__ import annotations

from typing import Any

MESSAGES: dict[str, dict[str, str]] = {
    "de": {
        "Client must be authenticated to access this resource.": (
            "Der Client muss angemeldet sein, um auf diese Ressource zuzugreifen."
        ),
        "Issue Does Not Exist": "Vorgang existiert nicht",
    },
    "fr": {
        "Client must be authenticated to access this resource.": (
            "Le client doit être authentifié pour accéder à cette ressource."
        ),
        "Issue Does Not Exist": "Le ticket n'existe pas",
    },
    "ja": {
        "Client must be authenticated to access this resource.": "アクセスするには認証が必要です。",
        "Issue Does Not Exist": "課題は存在しません",
    },
}
OTHERWISE = {"de": "Fehler: ", "fr": "Erreur : ", "ja": "エラー: "}
"""What stands before a message without a translation here."""
FIELDS: dict[str, dict[str, str]] = {
    "de": {"Summary": "Zusammenfassung", "Epic Link": "Epos-Verknüpfung", "Story Points": "Story-Punkte"},
    "fr": {"Summary": "Résumé", "Epic Link": "Lien d'epic", "Story Points": "Points de story"},
    "ja": {"Summary": "要約", "Epic Link": "エピック リンク", "Story Points": "ストーリー ポイント"},
}


def said(language: str, text: str) -> str:
    """A message in a language."""
    if language == "en":
        return text
    return MESSAGES[language].get(text, OTHERWISE[language] + text)


def named(language: str, field: dict[str, Any]) -> dict[str, Any]:
    """A field as it is called in a language."""
    return field | {"name": FIELDS.get(language, {}).get(field["name"], field["name"])}
