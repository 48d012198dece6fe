"""Names of people and pets that sound true and belong to nobody."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from random import Random

# Rough frequencies of the most common surnames, in tenths of a percent of the population.
_SURNAMES = {
    "王": 71, "李": 70, "张": 67, "刘": 52, "陈": 46, "杨": 31, "黄": 23, "赵": 21, "吴": 20, "周": 20,
    "徐": 15, "孙": 15, "马": 13, "朱": 13, "胡": 12, "郭": 12, "何": 11, "林": 11, "高": 10, "罗": 10,
    "郑": 9, "梁": 9, "谢": 8, "宋": 8, "唐": 7, "许": 7, "韩": 7, "邓": 6, "冯": 6, "曹": 6, "彭": 6,
    "曾": 5, "肖": 5, "田": 5, "董": 5, "潘": 5, "袁": 5, "蔡": 5, "蒋": 5, "余": 5, "于": 5, "杜": 5,
    "叶": 5, "程": 5, "魏": 5, "苏": 4, "吕": 4, "丁": 4, "任": 4, "卢": 4, "姚": 4, "沈": 4, "钟": 4,
    "姜": 3, "崔": 3, "谭": 3, "陆": 3, "范": 3, "汪": 3, "廖": 3, "石": 3, "金": 3, "贾": 3, "夏": 3,
    "方": 3, "欧阳": 1, "上官": 1, "司马": 1,
}  # fmt: skip
_SURNAME_LIST = tuple(_SURNAMES)
_SURNAME_SUMS = tuple(accumulate(_SURNAMES.values()))

# Given names by the decade of birth: fashions change, and a customer list shows it.
_FEMALE: dict[int, tuple[str, ...]] = {
    1940: tuple(["秀英", "桂英", "秀兰", "玉兰", "桂兰", "淑珍", "凤英", "玉珍", "秀珍", "惠芳"]),
    1960: tuple(
        ["红梅", "丽华", "秀梅", "玉梅", "海燕", "建华", "爱华", "春梅", "小红", "丽萍", "国英", "美玲"]
    ),
    1970: tuple(
        ["丽", "敏", "静", "燕", "艳", "芳", "霞", "红", "晓红", "海燕", "丽娟", "雪梅", "文娟", "慧"]
    ),
    1980: tuple(
        ["婷", "娜", "倩", "颖", "丹", "莉", "晶", "婷婷", "丹丹", "晓燕", "思思", "佳", "洁", "媛媛", "璐"]
    ),
    1990: tuple(
        ["雨婷", "欣", "悦", "梦", "诗雨", "佳怡", "雅婷", "思雨", "晓彤", "静怡", "梦瑶", "琪", "雪", "若曦"]
    ),
    2000: tuple(
        ["欣怡", "梓涵", "诗涵", "雨桐", "一诺", "可馨", "语嫣", "子涵", "依诺", "梦琪", "思琪", "雨萱"]
    ),
}
_MALE: dict[int, tuple[str, ...]] = {
    1940: tuple(["建国", "国强", "德明", "志强", "福生", "玉林", "文忠", "永福", "树林", "长江"]),
    1960: tuple(["建军", "卫东", "国庆", "建平", "志刚", "红军", "建华", "永强", "国华", "爱民", "卫国"]),
    1970: tuple(["伟", "勇", "军", "强", "斌", "涛", "刚", "辉", "峰", "海波", "志勇", "建斌", "文军"]),
    1980: tuple(["磊", "超", "鹏", "杰", "凯", "亮", "宁", "旭", "飞", "俊", "晓东", "海涛", "文博", "振华"]),
    1990: tuple(
        ["浩", "宇", "帅", "博", "俊杰", "志豪", "鑫", "天宇", "佳豪", "文杰", "嘉伟", "晨", "子豪", "一鸣"]
    ),
    2000: tuple(
        ["子轩", "浩然", "宇轩", "梓豪", "皓轩", "俊熙", "奕辰", "泽宇", "浩宇", "博文", "家豪", "明轩"]
    ),
}
_DECADES = (2000, 1990, 1980, 1970, 1960, 1940)

_ENGLISH_FEMALE = tuple(
    [
        "Alice",
        "Amy",
        "Anna",
        "Bella",
        "Charlotte",
        "Claire",
        "Daisy",
        "Emily",
        "Emma",
        "Fiona",
        "Grace",
        "Hannah",
        "Ivy",
        "Jane",
        "Julia",
        "Kate",
        "Laura",
        "Lily",
        "Lucy",
        "Maria",
        "Mia",
        "Nora",
        "Olivia",
        "Rachel",
        "Rose",
        "Ruth",
        "Sarah",
        "Sophie",
        "Tina",
        "Zoe",
    ]
)
_ENGLISH_MALE = tuple(
    [
        "Adam",
        "Alan",
        "Ben",
        "Brian",
        "Charles",
        "Daniel",
        "David",
        "Edward",
        "Eric",
        "Frank",
        "George",
        "Henry",
        "Ian",
        "Jack",
        "James",
        "John",
        "Kevin",
        "Leo",
        "Mark",
        "Martin",
        "Michael",
        "Nick",
        "Oliver",
        "Oscar",
        "Paul",
        "Peter",
        "Robert",
        "Sam",
        "Thomas",
        "William",
    ]
)
_ENGLISH_SURNAMES = tuple(
    [
        "Anderson",
        "Baker",
        "Bennett",
        "Brown",
        "Carter",
        "Clark",
        "Collins",
        "Cooper",
        "Davies",
        "Edwards",
        "Evans",
        "Foster",
        "Gray",
        "Green",
        "Hall",
        "Harris",
        "Hill",
        "Hughes",
        "Jackson",
        "Johnson",
        "Jones",
        "Kelly",
        "King",
        "Lee",
        "Lewis",
        "Martin",
        "Miller",
        "Moore",
        "Morgan",
        "Morris",
        "Murphy",
        "Parker",
        "Price",
        "Roberts",
        "Robinson",
        "Scott",
        "Smith",
        "Stewart",
        "Taylor",
        "Thompson",
        "Turner",
        "Walker",
        "Ward",
        "Watson",
        "White",
        "Williams",
        "Wilson",
        "Wood",
        "Wright",
        "Young",
    ]
)

PETS_ZH = tuple(
    [
        "豆豆",
        "旺财",
        "毛毛",
        "可乐",
        "布丁",
        "奶茶",
        "糯米",
        "小白",
        "小黑",
        "花花",
        "球球",
        "咪咪",
        "橘子",
        "芝麻",
        "汤圆",
        "饭团",
        "年糕",
        "雪球",
        "妞妞",
        "多多",
        "乐乐",
        "皮皮",
        "泡芙",
        "麻薯",
        "土豆",
        "团子",
        "丸子",
        "贝贝",
        "来福",
        "大黄",
        "虎子",
        "果冻",
        "米粒",
        "肉包",
        "花生",
        "栗子",
        "桃子",
        "柚子",
        "可可",
        "露露",
        "点点",
        "元宝",
        "吉祥",
        "七喜",
        "巧克力",
        "拿铁",
        "摩卡",
        "小鱼",
        "星星",
        "闪电",
    ]
)
PETS_EN = tuple(
    [
        "Bella",
        "Max",
        "Charlie",
        "Luna",
        "Lucy",
        "Cooper",
        "Bailey",
        "Daisy",
        "Rocky",
        "Molly",
        "Buddy",
        "Coco",
        "Milo",
        "Oscar",
        "Lily",
        "Teddy",
        "Rosie",
        "Ruby",
        "Simba",
        "Nala",
        "Toby",
        "Cleo",
        "Oreo",
        "Pepper",
        "Shadow",
        "Sunny",
        "Biscuit",
        "Ginger",
        "Mocha",
        "Pickles",
        "Waffle",
        "Peanut",
        "Honey",
        "Olive",
        "Mango",
        "Snowy",
        "Tiger",
        "Patches",
        "Smokey",
        "Whiskers",
    ]
)


def chinese_name(random: Random, birth_year: int, female: bool) -> str:
    """Return a name whose given part was in fashion around `birth_year`."""
    surname = _SURNAME_LIST[bisect_right(_SURNAME_SUMS, random.random() * _SURNAME_SUMS[-1])]
    decade = next((decade for decade in _DECADES if birth_year >= decade), _DECADES[-1])
    return surname + random.choice((_FEMALE if female else _MALE)[decade])


def english_name(random: Random, female: bool) -> str:
    """Return an English name."""
    return f"{random.choice(_ENGLISH_FEMALE if female else _ENGLISH_MALE)} {random.choice(_ENGLISH_SURNAMES)}"
