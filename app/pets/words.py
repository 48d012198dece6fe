"""What spreadsheets call the fields and values of pets and vaccinations, besides what the screens call them."""

from __future__ import annotations

from app.core.fields import spellings

# By what a vaccination says which pet it belongs to.
PETS = spellings("宠物、宠物名、宠物名字、宠物名称、芯片号、pet name、chip、chip number")
PET_NAME = spellings("宠物、宠物名、宠物名字、宠物名称、宠物昵称、爱宠、昵称、名字、pet、pet name")
PET_OWNER = spellings(
    "主人、主人手机、主人电话、主人姓名、家长、客户、客户姓名、客户手机、客户电话、会员、"
    "会员手机、会员电话、会员号、顾客、手机号、手机、电话、customer phone、client、member、"
    "phone、owner、owner phone"
)
PET_SPECIES_VALUES = {
    "dog": spellings("狗、犬、狗狗、犬类、汪"),
    "cat": spellings("猫、猫咪、猫猫、猫类、喵"),
    "rabbit": spellings("兔、兔子、兔兔"),
    "bird": spellings("鸟、鹦鹉、parrot"),
    "reptile": spellings("爬宠、爬行类、爬行动物、龟、蜥蜴、turtle"),
    "other": spellings("其他、其它、仓鼠、异宠、hamster"),
}

PET_SPECIES = spellings("物种、种类、类型、类别、宠物类型、宠物种类、type、kind")
PET_BREED = spellings("品种、宠物品种")
PET_SEX_VALUES = {
    "female": spellings("母、雌、女、妹妹、♀、f、female"),
    "male": spellings("公、雄、男、弟弟、♂、m、male"),
}

PET_SEX = spellings("性别、宠物性别、公母、gender")
PET_NEUTERED = spellings("绝育、是否绝育、已绝育、绝育情况、neutered、spayed")
PET_BIRTH_DATE = spellings("生日、出生日期、宠物生日、birth date、date of birth、dob")
PET_TEMPERAMENT = spellings("性格、脾气、性情")
PET_ALLERGIES = spellings("过敏、过敏史、过敏源")
PET_DIET = spellings("饮食、食物、主粮、food")
PET_WEIGHT = spellings("体重、重量、体重公斤、weight kg")
PET_COLOUR = spellings("毛色、颜色、color、colour")
PET_CHIP_NUMBER = spellings("芯片、芯片号、chip、microchip")
VACCINATION_VACCINE = spellings("疫苗、疫苗名称、疫苗种类")
VACCINATION_GIVEN_ON = spellings("接种日期、接种时间、注射日期、日期、date")
VACCINATION_DUE_ON = spellings("下次接种、下次接种日期、到期日、到期日期、next date、due date")
VACCINATION_BATCH = spellings("批号、疫苗批号、lot、batch number")
