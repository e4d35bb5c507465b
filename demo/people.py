"""What demo/contacts.csv is made of: countries, languages, cities and invented names."""

from __future__ import annotations

SHARES = {
    **dict.fromkeys(("BR", "IN", "US", "MX", "ES", "GB"), 6),
    **dict.fromkeys(("ID", "DE", "IT", "FR", "NG", "ZA", "EG", "SA", "AR", "CO"), 4),
    **dict.fromkeys(("AE", "KE", "TR", "PK", "NL", "PT", "JP", "IL", "CL", "PE"), 3),
    **dict.fromkeys(("CA", "BD", "PH", "MY", "SG", "TH", "VN", "KR", "AU", "NZ"), 2),
    **dict.fromkeys(("BE", "CH", "AT", "PL", "SE", "NO", "DK", "FI", "IE", "GR"), 2),
    **dict.fromkeys(("RO", "UA", "MA", "GH", "TZ", "UG", "ET", "LK", "NP", "HK", "EC", "UY"), 1),
}

LANGUAGE_OF = {
    **dict.fromkeys(("BR", "PT"), "pt"),
    **dict.fromkeys(("ES", "MX", "AR", "CO", "CL", "PE", "EC", "UY"), "es"),
    **dict.fromkeys(("DE", "AT", "CH"), "de"),
    **dict.fromkeys(("FR", "BE"), "fr"),
    **dict.fromkeys(("EG", "SA", "AE", "MA"), "ar"),
    **dict.fromkeys(("IN", "NP"), "hi"),
    "IT": "it",
    "JP": "ja",
    "HK": "zh",
    "KR": "ko",
    "IL": "he",
    "TR": "tr",
    "GR": "el",
    "UA": "uk",
    "PL": "pl",
    "NL": "nl",
    "ID": "id",
    "VN": "vi",
    "TH": "th",
}

CITIES = {
    "BR": ("São Paulo, SP", "Recife", "Florianópolis"),
    "IN": ("Pune", "कोच्चि", "Delhi, NCR"),
    "US": ("Springfield, IL", "Portland, OR", 'Winston "Twin City" Salem'),
    "MX": ("Mérida", "Ciudad de México, CDMX"),
    "ES": ("A Coruña", "Cádiz"),
    "GB": ("Leeds", "St Andrews, Fife"),
    "DE": ("Köln", "Halle (Saale)"),
    "FR": ("Besançon", "Aix-en-Provence"),
    "EG": ("القاهرة",),
    "SA": ("الرياض",),
    "JP": ("横浜市",),
    "TR": ("İzmir",),
    "ZA": ("Gqeberha\nEastern Cape",),
    "NG": ("Abuja, FCT",),
}

NAMES = {
    "en": (
        ("Ada", "Ben", "Chidi", "Daisy", "Ewan", "Femi", "Grace", "Hugh", "Imani", "Joy", "Kofi"),
        ("Ashdown", "Brightwell", "Calloway", "Dunmore", "Everly", "O'Farrow", "Okoro", "Quill"),
    ),
    "pt": (
        ("Ana", "João", "Luísa", "Caio", "Inês", "Davi", "Conceição", "Tomé"),
        ("Araújo", "Brandão", "Falcão", "Guimarães", "Magalhães", "Simões"),
    ),
    "es": (
        ("Lucía", "Íñigo", "Marisol", "Nuño", "Ximena", "Andrés", "Begoña", "Raúl"),
        ("Ibáñez", "Peña", "Quiñones", "Solís", "Zúñiga", "Del Río"),
    ),
    "de": (("Jörg", "Käthe", "Lüder", "Anneliese", "Götz"), ("Weiß", "Möwe", "Straßner", "Übel")),
    "fr": (("Éloïse", "Rémy", "Zoé", "François", "Maëlle"), ("Lefèvre", "D'Aubrac", "Noël")),
    "it": (("Niccolò", "Chiara", "Elia", "Noemi"), ("Dell'Acqua", "Brusù", "Fioravanti")),
    "ar": (("ليلى", "يوسف", "نور", "سلمى", "كريم"), ("الحداد", "البستاني", "النجار", "العطار")),
    "hi": (("आरव", "मीरा", "ईशान", "अनन्या", "कबीर"), ("शर्मा", "जोशी", "द्विवेदी", "नायर")),
    "ja": (("さくら", "健太", "美咲"), ("青葉", "白鳥", "月岡")),
    "zh": (("小雨", "志明", "美玲"), ("歐陽", "司徒", "諸葛")),
    "ko": (("하늘", "바다", "가람"), ("남궁", "선우", "황보")),
    "he": (("נועה", "איתי", "תמר"), ("אלמוג", "ברקת", "דגן")),
    "tr": (("Şeyma", "Çağrı", "Iğdır", "Gökçe"), ("Öztürk", "Yıldız", "Işık")),
    "el": (("Ελένη", "Νίκος", "Ζωή"), ("Αλεξίου", "Μακρής")),
    "uk": (("Олена", "Їжак", "Тарас"), ("Коваль", "Лев'яченко")),
    "pl": (("Łucja", "Świętosław", "Żaneta"), ("Brzęczyk", "Dąbek", "Źrebiec")),
    "nl": (("Sanne", "Daan", "Fleur"), ("van 't Hof", "IJsbrand", "de Zoëten")),
    "id": (("Budi", "Citra", "Wayan"), ("Santoso", "Lestari", "Wibawa")),
    "vi": (("Hương", "Đức", "Thảo"), ("Nguyễn", "Đặng", "Võ")),
    "th": (("มะลิ", "ธนา", "ใบเตย"), ("ดอกไม้", "แสงทอง")),
}
