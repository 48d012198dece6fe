"""What spreadsheets call the fields and values of customers, contacts and tags, besides what the screens call them."""

from __future__ import annotations

from app.core.fields import spellings

NOTES = spellings("备注、说明、备注信息、客户备注、注、remark、remarks、note、comment、comments、memo")
# By what a row elsewhere says which customer it belongs to.
CUSTOMERS = spellings(
    "客户、客户姓名、客户手机、客户电话、会员、会员手机、会员电话、会员号、顾客、手机号、手机、电话、customer phone、"
    "client、member、phone"
)
CUSTOMER_NAME = spellings(
    "姓名、名字、名称、客户、客户姓名、客户名称、客户名、会员、会员姓名、会员名、顾客、"
    "顾客姓名、宾客、主人、主人姓名、联系人、昵称、name、customer、customer name、client、"
    "member、contact name"
)
CUSTOMER_SEX_VALUES = {
    "female": spellings("女、女士、女性、小姐、太太、f、woman、ms、mrs"),
    "male": spellings("男、男士、男性、先生、m、man、mr"),
    "other": spellings("其他、未知、保密、不详、unknown"),
}

CUSTOMER_SEX = spellings("性别、客户性别、会员性别、gender")
CUSTOMER_BIRTH_DATE = spellings(
    "生日、出生日期、出生年月、出生年月日、会员生日、公历生日、阳历生日、birth date、date of birth、dob"
)
CUSTOMER_TAGS = spellings("标签、客户标签、会员标签、分组、分类、客户分类、tag、labels、groups")
CUSTOMER_PHONE = spellings(
    "手机、手机号、手机号码、移动电话、电话、电话号码、联系电话、联系方式、联系手机、会员手机、"
    "会员电话、客户电话、主人电话、主人手机、tel、telephone、mobile、mobile phone、cell、"
    "cell phone、phone number、contact number"
)
CUSTOMER_WECHAT = spellings("微信、微信号、微信名、微信昵称、wechat id、weixin")
CUSTOMER_EMAIL = spellings("邮箱、电子邮箱、邮件、电子邮件、邮箱地址、email、mail、email address")
CUSTOMER_ADDRESS = spellings("地址、住址、家庭住址、联系地址、详细地址、收货地址、home address")
CUSTOMER_CODE = spellings(
    "会员号、会员卡号、会员编号、卡号、编号、客户编号、客户号、顾客编号、member no、member id、"
    "card number、card no、customer number、customer id、code"
)
CUSTOMER_BRANCH = spellings("门店、分店、所属门店、开卡门店、注册门店、店铺、店名、store、shop")
CUSTOMER_SOURCE_VALUES = {
    "walk_in": spellings("路过、进店、到店、自然到店、门店、walk in、walk-in"),
    "referral": spellings("转介绍、老客介绍、老带新、朋友介绍、推荐、介绍、referral"),
    "wechat": spellings("微信、公众号、小程序、视频号、朋友圈、社群"),
    "platform": spellings("美团、点评、大众点评、美团点评、饿了么、团购"),
    "social": spellings("抖音、小红书、快手、微博、douyin、xiaohongshu"),
    "phone": spellings("电话、来电、phone"),
    "website": spellings("官网、网站、百度、搜索、web、website"),
    "event": spellings("活动、传单、地推、展会、event、leaflet"),
    "other": spellings("其他、其它、未知、unknown"),
}

CUSTOMER_SOURCE = spellings("来源、客户来源、会员来源、渠道、获客渠道、来源渠道、source、channel")
CONTACT_KIND_VALUES = {
    "inquiry": spellings("咨询、询问、提问、question"),
    "complaint": spellings("投诉、抱怨、差评"),
    "suggestion": spellings("建议、意见、idea"),
    "follow_up": spellings("回访、跟进、跟踪、follow up、follow-up"),
}

CONTACT_KIND = spellings("类型、类别、沟通类型、事项、type、category")
CONTACT_CHANNEL_VALUES = {
    "phone": spellings("电话、来电、call"),
    "chat": spellings("微信、企微、企业微信、wechat、chat、短信"),
    "email": spellings("邮件、邮箱、email、mail"),
    "visit": spellings("到店、门店、面谈、当面、visit"),
}

CONTACT_CHANNEL = spellings("渠道、方式、沟通方式、联系渠道、via")
CONTACT_SUBJECT = spellings("主题、标题、事由、摘要、title、summary")
CONTACT_DETAILS = spellings("详情、内容、沟通内容、详细内容、content、description")
CONTACT_OWNER = spellings("负责人、跟进人、处理人、员工、经办人、owner、assignee、assigned to")
CONTACT_DUE_ON = spellings("截止日期、到期日、跟进日期、下次跟进、due date、deadline")
CONTACT_AMOUNT = spellings("金额、涉及金额、amount、sum")
TAG_NAME = spellings("标签、标签名、标签名称、名称、tag")
TAG_COLOUR = spellings("颜色、color")
