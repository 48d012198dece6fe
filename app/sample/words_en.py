"""The sample shops in English."""

from __future__ import annotations

from app.people.models import TagColour
from app.sample.words import ASK, COMPLAIN, FOLLOW, STREETS_EN, SUGGEST, SampleTag, ShopWords, Topic

PETSHOP = ShopWords(
    "Paws & Purrs",
    (
        ("N1", "Northside", "88 Xingfu Road"),
        ("N2", "Campus", "12 Xuefu Road"),
        ("N3", "Riverside", "206 Binhe Road"),
    ),
    (
        SampleTag("VIP", TagColour.AMBER, 6, "Long-standing customers who come often"),
        SampleTag("Wash pass", TagColour.GREEN, 14, "Has a monthly wash pass: give them a slot first"),
        SampleTag("Several pets", TagColour.BLUE, 100, several_pets=True),
        SampleTag("Boarding", TagColour.BLUE, 11),
        SampleTag("Weekends only", TagColour.GREY, 8),
        SampleTag("Text, don't call", TagColour.GREY, 5),
        SampleTag("Complains easily", TagColour.RED, 2, "Tell the price before you start"),
    ),
    (
        Topic(ASK, "Price of a wash", "Quoted by weight and coat; wants to think about it."),
        Topic(ASK, "Is an appointment needed?", "Told her to book two days ahead for weekends."),
        Topic(ASK, "First vaccination of a puppy", "From eight weeks on, with a check-up first."),
        Topic(ASK, "Can food be exchanged?", "Unopened within seven days."),
        Topic(ASK, "Price of cat litter in bulk", "Delivery from three boxes.", 260),
        Topic(ASK, "Training course", "Basic obedience, the dog is four months old.", 1800),
        Topic(FOLLOW, "After grooming", "Any redness or scratching?"),
        Topic(FOLLOW, "Vaccination due", "Offered a slot this week for the booster."),
        Topic(FOLLOW, "Parasite treatment due", "Asked whether to set the drops aside."),
        Topic(FOLLOW, "First visit", "Asked whether they were happy."),
        Topic(FOLLOW, "Wash pass runs out", "One wash left; asked about a new pass.", 599),
        Topic(COMPLAIN, "Coat cut too short", "Promised a free trim next time.", 120),
        Topic(COMPLAIN, "Waited too long", "Booked at two, began at three. Apologised with a treat."),
        Topic(COMPLAIN, "Ears not clean", "Asked them to come back, free of charge."),
        Topic(COMPLAIN, "Question about the bill", "Says a medicated bath was charged twice; checking.", 180),
        Topic(SUGGEST, "A pick-up service", "Lives far away and would pay for it."),
        Topic(SUGGEST, "Open an hour longer", "Can't make it after work."),
        Topic(SUGGEST, "Separate waiting for cats", "Her cat is afraid of dogs."),
        Topic(
            ASK, "Should we shave in summer?", "Explained sunburn, suggested thinning instead.", 0, "summer"
        ),
        Topic(ASK, "Boarding in the holidays", "Seven nights, two cats, one room.", 980, "summer"),
        Topic(FOLLOW, "Skin in hot weather", "Had eczema last summer; asked how it is.", 0, "summer"),
        Topic(ASK, "Boarding over New Year", "Deposit taken to keep the place.", 1500, "rush"),
        Topic(ASK, "Grooming before New Year", "Nearly full, put on the list.", 260, "rush"),
        Topic(
            FOLLOW,
            "Confirm New Year boarding",
            "Checked vaccination card, food, emergency contact.",
            1500,
            "rush",
        ),
        Topic(ASK, "Does he need a coat in winter?", "Small and short-haired: yes, outdoors.", 0, "winter"),
    ),
    (
        "Please knock softly, an old lady lives there.",
        "At work by day: call after seven.",
        "Clear the counter first, the dog is afraid of strangers.",
        "Wants an electronic invoice.",
        "Sent us three neighbours.",
        "Allergic to perfume: use the unscented shampoo.",
    ),
    STREETS_EN,
)

PHARMACY = ShopWords(
    "Kangning Drugstore",
    (("K1", "Heping Street", "31 Heping Street"), ("K2", "Xinhua Road", "9 Xinhua Road")),
    (
        SampleTag("Long-term medication", TagColour.BLUE, 22),
        SampleTag("Home delivery", TagColour.GREEN, 9),
        SampleTag("Allergic to penicillin", TagColour.RED, 4, "Check before recommending anything"),
        SampleTag("Mother and baby", TagColour.AMBER, 8),
    ),
    (
        Topic(ASK, "Is the insurance card accepted?", "Yes, from the personal account."),
        Topic(ASK, "How to use the glucose meter", "Shown at the counter; comes back next week."),
        Topic(ASK, "Can these two be taken together?", "The pharmacist calls back."),
        Topic(ASK, "Blood pressure tablets in stock?", "Out of stock, here tomorrow.", 90),
        Topic(FOLLOW, "Long-term medication", "Asked about blood pressure and regular intake."),
        Topic(FOLLOW, "Tablets run out soon", "By the last purchase, next week."),
        Topic(COMPLAIN, "Cheaper on the internet", "Explained maker and batch.", 36),
        Topic(SUGGEST, "Reading glasses at the counter", "To read the leaflets."),
        Topic(ASK, "What to keep for the flu", "Asked about parents and children.", 0, "winter"),
        Topic(ASK, "Something against the heat", "Set aside electrolytes.", 0, "summer"),
        Topic(
            ASK, "Medicine chest for New Year", "Made a list, fetches it before the holidays.", 200, "rush"
        ),
    ),
    (
        "Hard of hearing, speak slowly.",
        "The daughter buys; it is her phone.",
        "Fetches around the fifteenth.",
    ),
    STREETS_EN,
)

RETAIL = ShopWords(
    "The Wardrobe",
    (
        ("S1", "The Wardrobe Mall", "300 Xinhua Road, second floor"),
        ("S2", "The Wardrobe Old Street", "17 Yinxing Street"),
        ("S3", "The Wardrobe Campus", "66 Xuefu Road"),
    ),
    (
        SampleTag("Gold card", TagColour.AMBER, 7),
        SampleTag("Loves new arrivals", TagColour.GREEN, 12, "Send pictures first"),
        SampleTag("Sales only", TagColour.GREY, 15),
        SampleTag("Plus sizes", TagColour.BLUE, 6),
    ),
    (
        Topic(ASK, "Is there a medium?", "Not here; sent for from Old Street.", 399),
        Topic(ASK, "When do new styles come?", "Next Thursday; will send pictures."),
        Topic(ASK, "Can trousers be shortened?", "Yes, in three days."),
        Topic(FOLLOW, "Transfer has arrived", "Kept for three days.", 399),
        Topic(FOLLOW, "Birthday coupon unused", "Fifteen per cent off this month."),
        Topic(COMPLAIN, "Shrank in the wash", "Bring the receipt for a new one or the money.", 269),
        Topic(COMPLAIN, "Came twice to exchange", "Two branches said different things; apologised."),
        Topic(SUGGEST, "A chair in the fitting room", "Hard with a child."),
        Topic(ASK, "Reserve a down jacket", "Deposit taken.", 1200, "winter"),
        Topic(ASK, "Sun-protective jacket", "UPF 50, a light colour.", 229, "summer"),
        Topic(ASK, "A red coat for New Year", "One for her mother, too.", 699, "rush"),
    ),
    ("Top M, trousers L.", "Plain colours, no big logos.", "Buys shirts for her husband, collar 40."),
    STREETS_EN,
)

SALON = ShopWords(
    "First Cut",
    (("C1", "First Cut Huayuan", "77 Huayuan Road"), ("C2", "First Cut Binhe", "5 Binhe Road")),
    (
        SampleTag("Prepaid", TagColour.AMBER, 16),
        SampleTag("Colour", TagColour.BLUE, 24),
        SampleTag("Sensitive scalp", TagColour.RED, 6, "Patch test before colour or perm"),
        SampleTag("Own stylist", TagColour.GREEN, 20),
    ),
    (
        Topic(ASK, "Price of a colour", "By length; asked to come and show the hair.", 480),
        Topic(ASK, "Saturday afternoon", "The usual stylist, at three."),
        Topic(ASK, "How long does a perm last?", "Three to four months."),
        Topic(FOLLOW, "After the colour", "Does it fade quickly?"),
        Topic(FOLLOW, "Not seen for two months", "Sent a care coupon."),
        Topic(FOLLOW, "Balance is low", "Told about the top-up offer.", 1000),
        Topic(COMPLAIN, "Fringe too short", "Free correction within three days."),
        Topic(COMPLAIN, "Too much selling", "Told everyone: she comes for a cut only."),
        Topic(SUGGEST, "Show the queue beforehand"),
        Topic(ASK, "A light summer cut", "Sent pictures.", 0, "summer"),
        Topic(ASK, "Perm before New Year", "Three weeks booked out; kept a place.", 680, "rush"),
    ),
    ("Sensitive scalp: ammonia-free colour.", "Likes it quiet.", "Colour: 7/1 with 8/3, 6 %, 35 minutes."),
    STREETS_EN,
)

GENERAL = ShopWords(
    "Mingda Services",
    (("M1", "Head office", "100 Changqing Road"),),
    (
        SampleTag("Key account", TagColour.AMBER, 10),
        SampleTag("To be signed", TagColour.BLUE, 14),
        SampleTag("Renewing", TagColour.GREEN, 12),
        SampleTag("On hold", TagColour.GREY, 9),
    ),
    (
        Topic(ASK, "Wants a quotation", "Three options for next week's meeting.", 12000),
        Topic(ASK, "What do we offer?", "Sent the brochure."),
        Topic(FOLLOW, "Proposal", "Under discussion there; ask again on Friday.", 8000),
        Topic(FOLLOW, "Contract ends soon", "In a month; find a date to talk.", 15000),
        Topic(FOLLOW, "After the service", "Happy, would recommend us."),
        Topic(COMPLAIN, "Answers are too slow", "Promised two hours."),
        Topic(COMPLAIN, "Wrong name on the invoice", "Issued anew.", 3000),
        Topic(SUGGEST, "A monthly summary"),
    ),
    ("His wife decides.", "E-mail first, phone only before noon.", "Came to last year's open day."),
    STREETS_EN,
)

SHOPS = {"petshop": PETSHOP, "pharmacy": PHARMACY, "retail": RETAIL, "salon": SALON, "general": GENERAL}
