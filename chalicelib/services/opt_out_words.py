"""Words by which people ask for no more messages, in the languages that they write.

Meta's policy (getting-opt-in, policy-enforcement) has a business honour such a request. Only a
message that is nothing but one of these counts: "stop" in a sentence may mean a bus stop.
"""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Literal

_WORDS = (
    "stop; stop all; stopall; unsubscribe; unsubscribe me; "
    "opt out; optout; remove me; do not contact; no more messages; baja; darme de baja; "
    "dar de baja; no mas mensajes; parar; pare; sair; descadastrar; quero sair; remover; "
    "abmelden; abbestellen; stopp; keine nachrichten mehr; arret; arreter; desabonner; "
    "me desabonner; se desabonner; desinscription; disiscrivimi; cancellami; annulla iscrizione; "
    "afmelden; uitschrijven; berhenti; berhenti berlangganan; aboneligi iptal et; wypisz; "
    "стоп; отписаться; отписка; σταματηστε; διαγραφη; إيقاف; ايقاف; توقف; إلغاء الاشتراك; "
    "הסר; הסירו אותי; बंद करें; रोकें; 停止; 退订; 退訂; 取消订阅; 配信停止; 수신거부"
)


# Meta's own button for it says the first of these.
_MARKETING_WORDS = (
    "stop promotions; stop marketing; no promotions; no marketing; werbung stoppen; keine werbung; "
    "detener promociones; no mas promociones; parar promocoes; interromper promocoes; "
    "arreter les promotions; stop promozioni"
)
Scope = Literal["all", "marketing"]


def _fold(text: str) -> str:
    """Return a text without case, accents, punctuation and doubled space."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(re.sub(r"[\W_]+", " ", plain).split())


_SCOPES: dict[str, Scope] = {
    **{_fold(word): "all" for word in _WORDS.split(";")},
    **{_fold(word): "marketing" for word in _MARKETING_WORDS.split(";")},
}
_LONGEST = 2 * max(map(len, _SCOPES))


def opt_out_of(kind: str, text: str, content: str | None) -> Scope | None:
    """Return what a person wants no more of: all messages, or marketing; None if they do not say.

    A text says it, or a template's quick reply by what it shows, else by its payload. `content` is
    the member of Meta's message that `kind` names, as JSON text. Pure.
    """
    if kind not in {"text", "button"}:
        return None
    found = _scope(text)
    if found is None and kind == "button":
        said = json.loads(content or "null")
        payload = said.get("payload") if isinstance(said, dict) else None
        found = _scope(payload) if isinstance(payload, str) else None
    return found


def _scope(text: str) -> Scope | None:
    bare = text.strip()
    return _SCOPES.get(_fold(bare)) if len(bare) <= _LONGEST else None
