"""Animals of the sample pet shop: kinds, breeds, weights and what to beware of, in Chinese and English."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

from app.pets.models import Species, Temperament


@dataclass(frozen=True, slots=True)
class Breed:
    """A breed with its grown-up weight, from and to, in decagrams (hundredths of a kilogram)."""

    species: Species
    zh: str
    en: str
    lightest: int
    heaviest: int
    share: int


BREEDS = (
    Breed(Species.DOG, "泰迪", "Toy Poodle", 300, 650, 11),
    Breed(Species.DOG, "柯基", "Corgi", 900, 1500, 8),
    Breed(Species.DOG, "金毛寻回犬", "Golden Retriever", 2400, 3600, 7),
    Breed(Species.DOG, "拉布拉多", "Labrador", 2400, 3600, 5),
    Breed(Species.DOG, "柴犬", "Shiba Inu", 750, 1150, 5),
    Breed(Species.DOG, "博美", "Pomeranian", 180, 400, 5),
    Breed(Species.DOG, "比熊", "Bichon Frise", 350, 650, 5),
    Breed(Species.DOG, "雪纳瑞", "Schnauzer", 550, 900, 3),
    Breed(Species.DOG, "边境牧羊犬", "Border Collie", 1400, 2100, 3),
    Breed(Species.DOG, "中华田园犬", "Chinese rural dog", 900, 2200, 6),
    Breed(Species.CAT, "英国短毛猫", "British Shorthair", 350, 700, 12),
    Breed(Species.CAT, "美国短毛猫", "American Shorthair", 320, 600, 6),
    Breed(Species.CAT, "布偶猫", "Ragdoll", 400, 850, 8),
    Breed(Species.CAT, "中华田园猫", "Chinese domestic cat", 300, 600, 9),
    Breed(Species.CAT, "暹罗猫", "Siamese", 280, 500, 3),
    Breed(Species.RABBIT, "荷兰垂耳兔", "Holland Lop", 110, 200, 2),
    Breed(Species.BIRD, "玄凤鹦鹉", "Cockatiel", 8, 12, 1),
    Breed(Species.REPTILE, "豹纹守宫", "Leopard gecko", 5, 9, 1),
    Breed(Species.OTHER, "金丝熊", "Syrian hamster", 10, 20, 2),
)
BREED_SUMS = tuple(accumulate(breed.share for breed in BREEDS))

TEMPERAMENTS = (
    Temperament.CALM,
    Temperament.LIVELY,
    Temperament.SHY,
    Temperament.NERVOUS,
    Temperament.BITES,
    None,
)
TEMPERAMENT_SUMS = tuple(accumulate((34, 28, 12, 8, 4, 14)))

COLOURS = {
    "zh": ("白色", "黑色", "棕色", "金色", "灰色", "黑白", "三花", "奶油色", "虎斑"),
    "en": ("white", "black", "brown", "golden", "grey", "black and white", "calico", "cream", "tabby"),
}
ALLERGIES = {
    "zh": ("鸡肉", "牛肉", "谷物", "普通沐浴露", "跳蚤叮咬", "海鲜"),
    "en": ("chicken", "beef", "grain", "ordinary shampoo", "flea bites", "seafood"),
}
DIETS = {
    "zh": ("只吃低敏粮", "一天两顿，少量多餐", "自带粮，别喂零食", "肾脏处方粮"),
    "en": ("Hypoallergenic food only", "Two small meals a day", "Own food, no treats", "Kidney diet"),
}
VACCINES = {
    "zh": {Species.DOG: ("狂犬疫苗", "犬八联疫苗"), Species.CAT: ("狂犬疫苗", "猫三联疫苗")},
    "en": {Species.DOG: ("Rabies", "Canine DHPPi-L"), Species.CAT: ("Rabies", "Feline FVRCP")},
}
