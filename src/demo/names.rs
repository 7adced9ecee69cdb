//! Names for people and organisations, each with the spelling that its e-mail address takes.

/// A name and its spelling in plain ASCII.
pub type Name = (&'static str, &'static str);

/// Common surnames, of the south especially, the most frequent ones first.
#[rustfmt::skip]
pub const SURNAMES: &[Name] = &[
    ("陈", "chen"), ("李", "li"), ("黄", "huang"), ("张", "zhang"), ("梁", "liang"), ("林", "lin"), ("王", "wang"), ("吴", "wu"), ("刘", "liu"), ("何", "he"),
    ("罗", "luo"), ("杨", "yang"), ("周", "zhou"), ("叶", "ye"), ("谢", "xie"), ("郑", "zheng"), ("邓", "deng"), ("冯", "feng"), ("曾", "zeng"), ("赵", "zhao"),
    ("徐", "xu"), ("孙", "sun"), ("朱", "zhu"), ("马", "ma"), ("胡", "hu"), ("郭", "guo"), ("高", "gao"), ("苏", "su"), ("蔡", "cai"), ("潘", "pan"),
    ("欧阳", "ouyang"), ("司徒", "situ"), ("容", "rong"), ("招", "zhao"), ("霍", "huo"), ("关", "guan"), ("麦", "mai"), ("区", "ou"), ("冼", "xian"), ("禤", "xuan"),
];

#[rustfmt::skip]
pub const WOMENS_GIVEN: &[Name] = &[
    ("嘉欣", "jiaxin"), ("晓彤", "xiaotong"), ("思颖", "siying"), ("雅婷", "yating"), ("丽华", "lihua"), ("秀英", "xiuying"), ("敏", "min"), ("静", "jing"), ("燕", "yan"),
    ("慧琳", "huilin"), ("诗韵", "shiyun"), ("梓晴", "ziqing"), ("雨桐", "yutong"), ("美玲", "meiling"), ("婉仪", "wanyi"), ("惠芳", "huifang"), ("玉珍", "yuzhen"), ("芳", "fang"),
    ("欣怡", "xinyi"), ("若曦", "ruoxi"), ("咏诗", "yongshi"), ("少芬", "shaofen"), ("雪梅", "xuemei"), ("倩", "qian"), ("子悠", "ziyou"), ("可晴", "keqing"),
];

#[rustfmt::skip]
pub const MENS_GIVEN: &[Name] = &[
    ("伟", "wei"), ("志强", "zhiqiang"), ("俊杰", "junjie"), ("浩然", "haoran"), ("子轩", "zixuan"), ("家豪", "jiahao"), ("建国", "jianguo"), ("永康", "yongkang"), ("文辉", "wenhui"),
    ("宇航", "yuhang"), ("梓睿", "zirui"), ("锦荣", "jinrong"), ("国栋", "guodong"), ("明", "ming"), ("涛", "tao"), ("海", "hai"), ("晓东", "xiaodong"), ("振华", "zhenhua"),
    ("嘉乐", "jiale"), ("卓然", "zhuoran"), ("柏霖", "bolin"), ("德昌", "dechang"), ("润生", "runsheng"), ("鹏", "peng"), ("景行", "jingxing"), ("一鸣", "yiming"),
];

#[rustfmt::skip]
pub const LATIN_SURNAMES: &[Name] = &[
    ("Smith", "smith"), ("Müller", "mueller"), ("Dubois", "dubois"), ("García", "garcia"), ("Nguyễn", "nguyen"), ("Silva", "silva"), ("O'Connor", "oconnor"), ("Okafor", "okafor"),
    ("Rossi", "rossi"), ("Kowalski", "kowalski"), ("Patel", "patel"), ("Johnson", "johnson"), ("Haddad", "haddad"), ("Lefèvre", "lefevre"), ("Andersen", "andersen"),
    ("van den Berg", "vandenberg"), ("Brown", "brown"), ("Tanaka", "tanaka"), ("Şahin", "sahin"), ("Wilson-Lau", "wilson-lau"),
];

#[rustfmt::skip]
pub const LATIN_WOMENS_GIVEN: &[Name] = &[
    ("Emma", "emma"), ("Zoë", "zoe"), ("Sofía", "sofia"), ("Amina", "amina"), ("Hannah", "hannah"), ("Chloé", "chloe"), ("Linh", "linh"), ("Priya", "priya"), ("Grace", "grace"),
    ("Beatriz", "beatriz"), ("Ingrid", "ingrid"), ("Leila", "leila"), ("Julia", "julia"), ("Yuki", "yuki"),
];

#[rustfmt::skip]
pub const LATIN_MENS_GIVEN: &[Name] = &[
    ("James", "james"), ("José", "jose"), ("Lukas", "lukas"), ("André", "andre"), ("Minh", "minh"), ("Chidi", "chidi"), ("Marco", "marco"), ("Søren", "soren"), ("Omar", "omar"),
    ("Rahul", "rahul"), ("Piotr", "piotr"), ("Thomas", "thomas"), ("Daniel", "daniel"), ("Emre", "emre"),
];

/// Invented places that schools and firms are named after.
#[rustfmt::skip]
pub const PLACES: &[Name] = &[
    ("木棉", "kapok"), ("云山", "yunshan"), ("珠水", "zhushui"), ("榕荫", "rongyin"), ("流溪", "liuxi"), ("南粤", "nanyue"), ("白鹭", "egret"), ("晓港", "xiaogang"), ("花城", "huacheng"),
    ("海珠石", "haizhu"), ("凤凰岭", "fenghuang"), ("荔湾涌", "lizhi"), ("麓湖东", "luhu"), ("江畔", "riverside"), ("五羊", "fiverams"), ("星海", "xinghai"),
];

/// What organisations are, with their line of business.
#[rustfmt::skip]
pub const ORGANISATIONS: &[(&str, &str)] = &[
    ("小学", "education"), ("中学", "education"), ("实验学校", "education"), ("幼儿园", "education"), ("艺术培训中心", "education"), ("社区图书馆", "public_services"), ("街道文化站", "public_services"),
    ("文化传播有限公司", "media"), ("信息科技有限公司", "technology"), ("贸易有限公司", "trade"), ("设计工作室", "design"), ("会计师事务所", "professional_services"), ("酒店", "hospitality"),
];

#[rustfmt::skip]
pub const LATIN_ORGANISATIONS: &[(&str, &str)] = &[
    ("International School", "education"), ("Language Centre", "education"), ("Trading Co., Ltd.", "trade"), ("Design Studio", "design"), ("Consulting Ltd.", "professional_services"),
];
