"""The sample shops in Chinese."""

from __future__ import annotations

from app.people.models import TagColour
from app.sample.words import ASK, COMPLAIN, FOLLOW, STREETS_ZH, SUGGEST, SampleTag, ShopWords, Topic

PETSHOP = ShopWords(
    "汪喵生活馆",
    (
        ("N1", "城北总店", "幸福路 88 号"),
        ("N2", "大学城店", "学府路 12 号"),
        ("N3", "滨河店", "滨河路 206 号"),
    ),
    (
        SampleTag("VIP", TagColour.AMBER, 6, "消费高、来得勤的老客户"),
        SampleTag("洗护月卡", TagColour.GREEN, 14, "有洗护月卡，优先排时间"),
        SampleTag("多宠家庭", TagColour.BLUE, 100, several_pets=True),
        SampleTag("寄养客户", TagColour.BLUE, 11),
        SampleTag("只约周末", TagColour.GREY, 8),
        SampleTag("怕打电话", TagColour.GREY, 5, "请发微信"),
        SampleTag("易投诉", TagColour.RED, 2, "接待时多留心，事先说清价格"),
    ),
    (
        Topic(ASK, "问洗澡多少钱", "按体重和毛长报了价，说考虑一下。"),
        Topic(ASK, "问美容要不要预约", "告诉她周末要提前两天约。"),
        Topic(ASK, "问幼犬什么时候打疫苗", "建议满八周来打第一针，先做体检。"),
        Topic(ASK, "问主粮能不能退换", "未开封七天内可以换。"),
        Topic(ASK, "问猫砂团购价", "三箱起送货上门。", 260),
        Topic(ASK, "问训练课程", "想报基础服从课，狗狗四个月大。", 1800),
        Topic(FOLLOW, "洗护后回访", "问皮肤有没有发红、有没有抓挠。"),
        Topic(FOLLOW, "提醒疫苗到期", "约本周来打加强针。"),
        Topic(FOLLOW, "提醒驱虫", "体外驱虫到期，问要不要顺便带药。"),
        Topic(FOLLOW, "新客户回访", "第一次来，问服务是否满意。"),
        Topic(FOLLOW, "月卡快用完了", "还剩一次，问是否续卡。", 599),
        Topic(COMPLAIN, "说毛剪得太短", "答应下次免费修毛。", 120),
        Topic(COMPLAIN, "等了太久", "约的两点，三点才开始。送了一包零食道歉。"),
        Topic(COMPLAIN, "耳朵没擦干净", "请带回来免费处理。"),
        Topic(COMPLAIN, "对账单有疑问", "说多收了一次药浴的钱，正在核对。", 180),
        Topic(SUGGEST, "希望开通接送", "住得远，愿意付接送费。"),
        Topic(SUGGEST, "希望晚上多开一小时", "下班赶不过来。"),
        Topic(SUGGEST, "希望分开猫狗等候区", "她家的猫一见狗就紧张。"),
        Topic(ASK, "问夏天剃毛好不好", "解释了剃太短会晒伤，建议修薄。", 0, "summer"),
        Topic(ASK, "问暑假寄养还有没有位", "七天，两只猫，要单间。", 980, "summer"),
        Topic(FOLLOW, "天热回访皮肤", "去年夏天得过湿疹，问今年情况。", 0, "summer"),
        Topic(ASK, "问春节寄养", "除夕到初五，先交订金留位。", 1500, "rush"),
        Topic(ASK, "约年前洗澡美容", "年前档期紧，先登记排队。", 260, "rush"),
        Topic(FOLLOW, "确认春节寄养", "核对疫苗本、自带粮和紧急联系人。", 1500, "rush"),
        Topic(ASK, "问冬天要不要穿衣服", "短毛小型犬出门建议穿。", 0, "winter"),
    ),
    (
        "家里有老人，送货请轻敲门。",
        "白天上班，晚上七点后再打电话。",
        "带狗来时请先清一下前台，它怕生。",
        "习惯用微信付款，要电子发票。",
        "介绍过三位邻居来店。",
        "对香味过敏，请用无香沐浴露。",
    ),
    STREETS_ZH,
)

PHARMACY = ShopWords(
    "康宁大药房",
    (("K1", "康宁总店", "和平街 31 号"), ("K2", "康宁东风店", "东风街 9 号")),
    (
        SampleTag("慢病会员", TagColour.BLUE, 22, "高血压、糖尿病等长期用药"),
        SampleTag("送药上门", TagColour.GREEN, 9),
        SampleTag("青霉素过敏", TagColour.RED, 4, "推荐药品前先核对"),
        SampleTag("母婴", TagColour.AMBER, 8),
    ),
    (
        Topic(ASK, "问医保能不能刷", "告知可用个人账户。"),
        Topic(ASK, "问血糖仪怎么用", "当面演示了一遍，约下周再来看读数。"),
        Topic(ASK, "问两种药能不能一起吃", "请药师回电。"),
        Topic(ASK, "问降压药有没有货", "店里缺货，明天到。", 90),
        Topic(FOLLOW, "慢病用药回访", "问最近血压，有没有按时服药。"),
        Topic(FOLLOW, "药快吃完了", "按上次买的量算，下周用完。"),
        Topic(COMPLAIN, "说买贵了", "和网上比价，解释了批次和厂家不同。", 36),
        Topic(SUGGEST, "希望有老花镜放在柜台", "看说明书方便。"),
        Topic(ASK, "问流感药怎么备", "问了家里老人和孩子的情况。", 0, "winter"),
        Topic(ASK, "问防暑药", "备了藿香正气和电解质。", 0, "summer"),
        Topic(ASK, "春节备药", "列了常用药清单，年前来取。", 200, "rush"),
    ),
    ("听力不好，请说慢一点。", "由女儿代买，电话是女儿的。", "只要国产厂家。", "每月十五号左右来取药。"),
    STREETS_ZH,
)

RETAIL = ShopWords(
    "拾衣集",
    (
        ("S1", "拾衣集·万象店", "新华路 300 号二层"),
        ("S2", "拾衣集·老街店", "银杏街 17 号"),
        ("S3", "拾衣集·大学店", "学府路 66 号"),
    ),
    (
        SampleTag("金卡", TagColour.AMBER, 7),
        SampleTag("上新必到", TagColour.GREEN, 12, "新款到店先发图"),
        SampleTag("只买打折", TagColour.GREY, 15),
        SampleTag("大码", TagColour.BLUE, 6),
    ),
    (
        Topic(ASK, "问有没有 M 码", "店里没有，从老街店调。", 399),
        Topic(ASK, "问新款什么时候到", "下周四上新，到时发图。"),
        Topic(ASK, "问能不能改裤长", "可以，三天取。"),
        Topic(FOLLOW, "调货到店通知", "请她来试，保留三天。", 399),
        Topic(FOLLOW, "生日券提醒", "生日月八五折还没用。"),
        Topic(COMPLAIN, "洗后缩水", "带小票来店，给换新或退款。", 269),
        Topic(COMPLAIN, "换货跑了两次", "两家店说法不一样，已道歉。"),
        Topic(SUGGEST, "希望试衣间放把椅子", "带孩子不方便。"),
        Topic(ASK, "问羽绒服能不能预订", "付订金留码。", 1200, "winter"),
        Topic(ASK, "问防晒衣", "要 UPF 50 的，浅色。", 229, "summer"),
        Topic(ASK, "问过年的红色外套", "想给妈妈也买一件。", 699, "rush"),
    ),
    ("上身 M、下身 L。", "喜欢素色，不要大标。", "常给先生买衬衫，领围 40。", "不喜欢导购跟着。"),
    STREETS_ZH,
)

SALON = ShopWords(
    "初剪造型",
    (("C1", "初剪·春江店", "春江路 5 号"), ("C2", "初剪·花园店", "花园路 77 号")),
    (
        SampleTag("储值客户", TagColour.AMBER, 16),
        SampleTag("染发", TagColour.BLUE, 24),
        SampleTag("头皮敏感", TagColour.RED, 6, "染烫前先做皮试"),
        SampleTag("指定发型师", TagColour.GREEN, 20),
    ),
    (
        Topic(ASK, "问染发多少钱", "按发长报价，建议先来看发质。", 480),
        Topic(ASK, "约周六下午", "要原来的发型师，三点。"),
        Topic(ASK, "问烫完能保持多久", "一般三到四个月。"),
        Topic(FOLLOW, "染后回访", "问颜色掉得快不快。"),
        Topic(FOLLOW, "两个月没来了", "发了护理券，问哪天方便。"),
        Topic(FOLLOW, "储值余额提醒", "余额不多，介绍续充活动。", 1000),
        Topic(COMPLAIN, "刘海剪短了", "答应三天内免费修。"),
        Topic(COMPLAIN, "说推销太多", "已告诉全店：她来只剪发。"),
        Topic(SUGGEST, "希望能提前看到排队人数", ""),
        Topic(ASK, "问夏天清爽发型", "发了几张图，约周末来剪。", 0, "summer"),
        Topic(ASK, "约年前烫染", "年前三周排满，先占位。", 680, "rush"),
    ),
    (
        "头皮敏感，用无氨染膏。",
        "喜欢安静，少聊天。",
        "染发配方：7/1 加 8/3，20 度，35 分钟。",
        "停车要提前留位。",
    ),
    STREETS_ZH,
)

GENERAL = ShopWords(
    "明达服务中心",
    (("M1", "明达总部", "长青路 100 号"),),
    (
        SampleTag("重点客户", TagColour.AMBER, 10),
        SampleTag("待签约", TagColour.BLUE, 14),
        SampleTag("续约中", TagColour.GREEN, 12),
        SampleTag("暂缓", TagColour.GREY, 9),
    ),
    (
        Topic(ASK, "索取报价", "要三档方案，下周开会用。", 12000),
        Topic(ASK, "问服务范围", "发了介绍资料。"),
        Topic(FOLLOW, "方案跟进", "对方在内部讨论，周五再问。", 8000),
        Topic(FOLLOW, "合同到期提醒", "还有一个月到期，约时间谈续约。", 15000),
        Topic(FOLLOW, "服务后回访", "满意，愿意推荐。"),
        Topic(COMPLAIN, "响应太慢", "承诺两小时内回复。"),
        Topic(COMPLAIN, "发票抬头错了", "已重开。", 3000),
        Topic(SUGGEST, "希望每月发一份总结", ""),
    ),
    ("决策人是他太太。", "邮件优先，电话只在上午。", "去年参加过开放日。"),
    STREETS_ZH,
)

SHOPS = {"petshop": PETSHOP, "pharmacy": PHARMACY, "retail": RETAIL, "salon": SALON, "general": GENERAL}
