//! What stands on the shelves: the category tree and the goods in it, popular ones first. Prices are in fen.

use crate::domain::catalogue::{
    ProductUser,
    ValueClass::{self, Everyday, High},
};

/// A department of the book city. Each has its floor and its own kind of visitor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Department {
    Textbooks,
    ChildrensBooks,
    Literature,
    Humanities,
    ForeignLanguages,
    Science,
    Art,
    RareBooks,
    Stationery,
    AudioVideo,
    Toys,
    Sports,
    Digital,
    Instruments,
    Accessories,
    Artworks,
}

/// The number of departments.
pub const DEPARTMENTS: usize = 16;

impl Department {
    /// Every department, in the order of declaration.
    pub const ALL: [Self; DEPARTMENTS] = [
        Self::Textbooks,
        Self::ChildrensBooks,
        Self::Literature,
        Self::Humanities,
        Self::ForeignLanguages,
        Self::Science,
        Self::Art,
        Self::RareBooks,
        Self::Stationery,
        Self::AudioVideo,
        Self::Toys,
        Self::Sports,
        Self::Digital,
        Self::Instruments,
        Self::Accessories,
        Self::Artworks,
    ];

    /// The department's mark in stock keeping units.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Textbooks => "TXT",
            Self::ChildrensBooks => "CHD",
            Self::Literature => "LIT",
            Self::Humanities => "HUM",
            Self::ForeignLanguages => "FOR",
            Self::Science => "SCI",
            Self::Art => "ART",
            Self::RareBooks => "RAR",
            Self::Stationery => "STA",
            Self::AudioVideo => "AVM",
            Self::Toys => "TOY",
            Self::Sports => "SPO",
            Self::Digital => "DIG",
            Self::Instruments => "INS",
            Self::Accessories => "ACC",
            Self::Artworks => "WOA",
        }
    }

    /// The till that serves the department.
    pub const fn store(self) -> &'static str {
        match self {
            Self::Stationery => "Book City 1F",
            Self::Literature => "Book City 2F",
            Self::Humanities => "Book City 3F",
            Self::Science => "Book City 4F",
            Self::Textbooks => "Book City 5F",
            Self::ChildrensBooks | Self::Toys => "Book City 6F",
            Self::ForeignLanguages | Self::Sports => "Book City 7F",
            Self::AudioVideo | Self::Digital => "Book City 8F",
            Self::Instruments | Self::Accessories => "Book City 9F",
            Self::Art | Self::RareBooks | Self::Artworks => "Book City 10F",
        }
    }

    /// Whether the goods carry an ISBN rather than the shop's own barcode.
    pub const fn sells_books(self) -> bool {
        matches!(
            self,
            Self::Textbooks
                | Self::ChildrensBooks
                | Self::Literature
                | Self::Humanities
                | Self::ForeignLanguages
                | Self::Science
                | Self::Art
                | Self::RareBooks
        )
    }
}

/// Goods of one category.
#[derive(Debug)]
pub struct Shelf {
    pub department: Department,
    pub path: &'static [&'static str],
    pub default_user: Option<ProductUser>,
    pub goods: &'static [(&'static str, i64)],
}

pub const SCHOOLBOOKS: &[&str] = &["Books", "Textbooks", "中小学教材"];
pub const WORKBOOKS: &[&str] = &["Books", "Textbooks", "同步练习"];

/// Every category, parents first, with the value class that it states itself; the others inherit theirs. Stationery has none
/// to inherit, rare books and accessories differ from their parents.
pub const CATEGORIES: &[(&[&str], Option<ValueClass>)] = &[
    (&["Books"], Some(Everyday)),
    (&["Books", "Textbooks"], None),
    (SCHOOLBOOKS, None),
    (WORKBOOKS, None),
    (&["Books", "Textbooks", "University"], None),
    (&["Books", "Children's Books"], None),
    (&["Books", "Children's Books", "绘本"], None),
    (&["Books", "Children's Books", "儿童文学"], None),
    (&["Books", "文学"], None),
    (&["Books", "文学", "中国文学"], None),
    (&["Books", "文学", "外国文学"], None),
    (&["Books", "历史与社会"], None),
    (&["Books", "Foreign Languages"], None),
    (&["Books", "Science & Technology"], None),
    (&["Books", "Art & Design"], None),
    (&["Books", "珍本与签名本"], Some(High)),
    (&["Stationery"], None),
    (&["Stationery", "书写工具"], None),
    (&["Stationery", "School Supplies"], None),
    (&["Audio & Video"], Some(Everyday)),
    (&["Audio & Video", "Music"], None),
    (&["Audio & Video", "Film"], None),
    (&["Toys & Games"], Some(Everyday)),
    (&["Toys & Games", "Educational Toys"], None),
    (&["Toys & Games", "棋类与桌游"], None),
    (&["Sports"], Some(Everyday)),
    (&["Digital Devices"], Some(High)),
    (&["Digital Devices", "E-Readers"], None),
    (&["Digital Devices", "学习机"], None),
    (&["Musical Instruments"], Some(High)),
    (&["Musical Instruments", "Guitars"], None),
    (&["Musical Instruments", "Pianos & Keyboards"], None),
    (&["Musical Instruments", "民族乐器"], None),
    (&["Musical Instruments", "Accessories"], Some(Everyday)),
    (&["Works of Art"], Some(High)),
    (&["Works of Art", "书画"], None),
    (&["Works of Art", "Prints & Sculpture"], None),
];

/// The school subjects with the first and last school year in which they are taught.
pub const SUBJECTS: &[(&str, u8, u8)] = &[
    ("语文", 1, 9),
    ("数学", 1, 9),
    ("英语", 3, 9),
    ("科学", 3, 6),
    ("历史", 7, 9),
    ("物理", 8, 9),
    ("化学", 9, 9),
    ("语文 必修", 10, 12),
    ("数学 必修", 10, 12),
    ("英语 必修", 10, 12),
];

/// The school years as they are spoken of.
pub const GRADES: [&str; 12] =
    ["一年级", "二年级", "三年级", "四年级", "五年级", "六年级", "七年级", "八年级", "九年级", "高一", "高二", "高三"];

#[rustfmt::skip]
pub const SHELVES: &[Shelf] = &[
    Shelf { department: Department::Textbooks, path: &["Books", "Textbooks", "University"], default_user: Some(ProductUser::Student), goods: &[
        ("高等数学（上册）", 4760), ("高等数学（下册）", 4430), ("线性代数", 3280), ("概率论与数理统计", 4150), ("大学物理学（上）", 4980),
        ("大学英语综合教程 1", 5290), ("大学英语综合教程 2", 5290), ("数据结构（C 语言版）", 3900), ("Microeconomics: A First Course", 12800),
        ("Organic Chemistry, International Edition", 16800), ("中国近现代史纲要", 2600), ("Academic Writing for Graduate Students", 9800),
    ] },
    Shelf { department: Department::ChildrensBooks, path: &["Books", "Children's Books", "绘本"], default_user: Some(ProductUser::Child), goods: &[
        ("小蝌蚪找妈妈", 2580), ("神笔马良", 2980), ("大闹天宫", 3680), ("三个和尚", 2280), ("老鼠嫁女", 2680), ("十二生肖的故事", 4580),
        ("九色鹿", 3280), ("团圆", 3580), ("荷花镇的早市", 3980), ("羊城小吃大冒险", 4280), ("珠江边的小渔船", 3680), ("The Very Busy Dumpling", 4800),
        ("Goodnight, Pearl River", 5200), ("A First Book of Animals", 6800), ("安徒生童话绘本精选", 5980), ("格林童话绘本精选", 5980),
        ("The Ugly Duckling", 3900), ("Where Does the Rain Sleep?", 4600), ("认识交通工具 翻翻书", 6900), ("数一数 1 2 3", 2180), ("唐诗三百首（幼儿注音版）", 3280),
        ("十万个为什么（幼儿版）", 8800),
    ] },
    Shelf { department: Department::ChildrensBooks, path: &["Books", "Children's Books", "儿童文学"], default_user: Some(ProductUser::Child), goods: &[
        ("宝葫芦的秘密", 2480), ("稻草人", 2280), ("小桔灯", 2380), ("城南旧事", 2980), ("爱的教育", 2880), ("木偶奇遇记", 2680), ("小王子", 3280),
        ("Alice's Adventures in Wonderland", 4500), ("The Wind in the Willows", 4500), ("绿野仙踪", 2980), ("汤姆·索亚历险记", 3180), ("昆虫记（少年版）", 3580),
        ("中国古代神话", 2980), ("西游记（少年版）", 3980), ("The Secret Garden", 4200), ("海底两万里（少年版）", 3480),
    ] },
    Shelf { department: Department::Literature, path: &["Books", "文学", "中国文学"], default_user: None, goods: &[
        ("红楼梦（上下册）", 7980), ("西游记", 5980), ("三国演义", 5980), ("水浒传", 5980), ("围城", 4500), ("呐喊", 2800), ("彷徨", 2800), ("骆驼祥子", 2980),
        ("茶馆", 2680), ("边城", 3200), ("家", 3600), ("子夜", 3800), ("朝花夕拾", 2480), ("呼兰河传", 2980), ("聊斋志异", 6800), ("儒林外史", 4200),
        ("世说新语", 3980), ("唐诗三百首", 3580), ("宋词三百首", 3580), ("诗经", 4280), ("楚辞", 3980), ("浮生六记", 3200), ("人间词话", 2680),
        ("Six Records of a Floating Life", 8800), ("Selected Stories of Lu Xun", 7800), ("岭南文学史稿", 9800),
    ] },
    Shelf { department: Department::Literature, path: &["Books", "文学", "外国文学"], default_user: None, goods: &[
        ("傲慢与偏见", 3980), ("简·爱", 4280), ("老人与海", 2980), ("百年孤独", 5500), ("悲惨世界（全五册）", 16800), ("战争与和平（全四册）", 14800),
        ("罪与罚", 4980), ("安娜·卡列尼娜", 6800), ("堂吉诃德", 7600), ("哈姆雷特", 2880), ("浮士德", 5600), ("变形记", 2980), ("月亮与六便士", 3600),
        ("雪国", 3200), ("我是猫", 3800), ("飞鸟集", 2480), ("茶花女", 2980), ("基督山伯爵", 8800), ("巴黎圣母院", 4680), ("呼啸山庄", 3980),
    ] },
    Shelf { department: Department::Humanities, path: &["Books", "历史与社会"], default_user: None, goods: &[
        ("史记（全十册）", 32800), ("资治通鉴（文白对照精选）", 12800), ("论语译注", 3800), ("道德经", 2980), ("孙子兵法", 2980), ("中国通史", 6800),
        ("广州城市史话", 5800), ("十三行与海上丝绸之路", 7200), ("岭南建筑图录", 12800), ("粤菜风物志", 6800), ("中国哲学简史", 4800), ("乡土中国", 2800),
        ("国富论", 6800), ("理想国", 4980), ("The Silk Roads by Sea", 11800), ("A Short History of Canton", 9800), ("心理学导论", 7800), ("经济学原理入门", 8800),
        ("民法典（实用版）", 3980), ("家庭理财入门", 4500), ("中老年健康手册", 3980), ("太极拳图解", 3580), ("养生家常菜", 4280), ("怎样与孩子说话", 4680),
    ] },
    Shelf { department: Department::ForeignLanguages, path: &["Books", "Foreign Languages"], default_user: None, goods: &[
        ("大学英语四级词汇", 4580), ("大学英语六级词汇", 4580), ("雅思写作 30 天", 6800), ("托福听力精练", 7200), ("新编日语 1", 4200), ("法语入门", 4980),
        ("Deutsch für Anfänger", 9800), ("Español paso a paso", 9200), ("韩国语基础教程", 4680), ("Pride and Prejudice", 6200), ("Great Expectations", 6200),
        ("The Adventures of Sherlock Holmes", 6800), ("Les Misérables (abrégé)", 8800), ("Cantonese in Thirty Lessons", 8800), ("HSK 4 Vocabulary Workbook", 7600),
        ("Learner's Pocket English-Chinese Dictionary", 5900), ("英语语法新编", 5200), ("商务英语口语", 4500),
    ] },
    Shelf { department: Department::Science, path: &["Books", "Science & Technology"], default_user: None, goods: &[
        ("时间与空间", 4980), ("物种起源", 5980), ("几何原本", 8800), ("天工开物", 5600), ("Python 编程入门", 8900), ("深入理解操作系统", 13900),
        ("算法基础", 9800), ("机器学习引论", 10800), ("Designing Reliable Services", 16800), ("The Rust Workbook", 14800), ("SQL 必知", 5900), ("电子电路基础", 6200),
        ("机械制图手册", 8600), ("建筑结构入门", 7800), ("家庭园艺百科", 6800), ("本草纲目（图解）", 9800), ("中医基础理论", 6800), ("天文观测指南", 7600),
        ("岭南植物图鉴", 12800), ("A Field Guide to South China Birds", 15800), ("汽车维修图解", 6900), ("统计学的故事", 4980),
    ] },
    Shelf { department: Department::Art, path: &["Books", "Art & Design"], default_user: None, goods: &[
        ("书法字帖 兰亭序", 2800), ("颜真卿 多宝塔碑", 3200), ("芥子园画谱", 9800), ("素描基础教程", 4980), ("水彩风景技法", 5800), ("平面设计原理", 8800),
        ("岭南画派作品选", 19800), ("中国园林", 12800), ("Typography: A Manual", 16800), ("摄影构图", 6800), ("钢琴基础教程 1", 3600), ("吉他三月通", 3980),
        ("陶瓷鉴赏", 8800), ("Interior Design Sourcebook", 22800), ("Color and Light for Painters", 14800),
    ] },
    Shelf { department: Department::RareBooks, path: &["Books", "珍本与签名本"], default_user: None, goods: &[
        ("围城（毛边签名本）", 88000), ("红楼梦（宣纸线装）", 168000), ("芥子园画谱（木版水印）", 238000), ("A Chart of the Canton River, 1840 (facsimile)", 128000),
        ("历代碑帖选（函套线装）", 198000), ("The Travels of Marco Polo, numbered edition", 156000),
    ] },
    Shelf { department: Department::Stationery, path: &["Stationery", "书写工具"], default_user: None, goods: &[
        ("中性笔 0.5mm 黑 12 支", 1880), ("钢笔 学生款", 3900), ("钢笔 14K 金尖", 68000), ("毛笔 狼毫中楷", 4800), ("墨汁 500ml", 2200), ("端砚 入门款", 26800),
        ("宣纸 四尺 50 张", 5800), ("Fountain Pen Ink, blue-black", 4500), ("Mechanical Pencil Set", 5600), ("马克笔 36 色", 8800), ("荧光笔 6 色", 1580),
    ] },
    Shelf { department: Department::Stationery, path: &["Stationery", "School Supplies"], default_user: Some(ProductUser::Student), goods: &[
        ("作业本 16K 10 本", 1980), ("错题本", 1280), ("书包 减负款", 15800), ("文具盒 双层", 3280), ("圆规套装", 1680), ("红领巾", 580), ("彩色铅笔 24 色", 3580),
        ("油画棒 36 色", 2980), ("Ring Binder A4", 1480), ("Weekly Planner", 3800), ("书皮 透明 20 张", 880), ("计算器 函数型", 9800),
    ] },
    Shelf { department: Department::AudioVideo, path: &["Audio & Video", "Music"], default_user: None, goods: &[
        ("广东音乐精选 CD", 6800), ("二胡名曲 CD", 5800), ("古琴十大名曲 CD", 7800), ("黄河大合唱 CD", 4800), ("Beethoven: The Nine Symphonies, 5 CD", 26800),
        ("Bach: Cello Suites, 2 LP", 38800), ("粤剧经典唱段 CD", 5800), ("儿歌 100 首 CD", 3980), ("Jazz at the Pearl, LP", 22800),
    ] },
    Shelf { department: Department::AudioVideo, path: &["Audio & Video", "Film"], default_user: None, goods: &[
        ("大闹天宫 修复版 BD", 12800), ("小城之春 DVD", 4800), ("马路天使 DVD", 4800), ("航拍中国 BD", 19800), ("Planet of Oceans, BD", 16800),
        ("City Lights, restored DVD", 5800), ("英语启蒙动画 DVD 12 张", 15800),
    ] },
    Shelf { department: Department::Toys, path: &["Toys & Games", "Educational Toys"], default_user: Some(ProductUser::Child), goods: &[
        ("积木 100 粒", 9800), ("拼图 中国地图", 4800), ("磁力片 68 件", 12800), ("识字卡片", 3280), ("Wooden Train Set", 22800), ("科学实验盒", 15800), ("儿童显微镜", 19800),
        ("Plush Panda", 6800), ("黏土 24 色", 3980), ("编程小车", 39800), ("算盘 木制", 4580),
    ] },
    Shelf { department: Department::Toys, path: &["Toys & Games", "棋类与桌游"], default_user: Some(ProductUser::Family), goods: &[
        ("中国象棋 实木", 8800), ("围棋 云子套装", 26800), ("跳棋", 3580), ("飞行棋地毯", 4980), ("Chess Set, folding", 12800), ("麻将 旅行装", 16800), ("成语接龙桌游", 5980),
    ] },
    Shelf { department: Department::Sports, path: &["Sports"], default_user: None, goods: &[
        ("羽毛球 12 只", 7800), ("羽毛球拍 碳素", 29800), ("乒乓球拍 双拍", 9800), ("篮球 7 号", 12800), ("足球 5 号", 11800), ("跳绳 计数", 3280), ("瑜伽垫", 8800),
        ("太极剑", 22800), ("Swimming Goggles", 6800), ("毽子 3 只", 1580), ("Running Belt", 5900),
    ] },
    Shelf { department: Department::Digital, path: &["Digital Devices", "E-Readers"], default_user: None, goods: &[
        ("电子书阅读器 6 英寸", 89900), ("电子书阅读器 7.8 英寸", 159900), ("E-Ink Notepad 10.3\"", 289900), ("Noise-Cancelling Headphones", 129900), ("词典笔", 69900),
    ] },
    Shelf { department: Department::Digital, path: &["Digital Devices", "学习机"], default_user: Some(ProductUser::Student), goods: &[
        ("点读笔 32G", 39900), ("英语学习机", 99900), ("学习平板 10 英寸", 249900), ("学习平板 12.9 英寸", 429900), ("错题打印机", 29900), ("Coding Kit with Microcontroller", 59900),
    ] },
    Shelf { department: Department::Instruments, path: &["Musical Instruments", "Guitars"], default_user: None, goods: &[
        ("民谣吉他 41 寸", 89900), ("民谣吉他 36 寸 儿童", 49900), ("古典吉他 39 寸", 128000), ("尤克里里 23 寸", 39900), ("电吉他套装", 168000), ("Bass Guitar", 198000),
        ("Solid-Top Concert Guitar", 460000),
    ] },
    Shelf { department: Department::Instruments, path: &["Musical Instruments", "Pianos & Keyboards"], default_user: None, goods: &[
        ("电子琴 61 键", 69900), ("数码钢琴 88 键", 329900), ("口风琴 37 键", 19900), ("立式钢琴 UP-118", 1680000), ("立式钢琴 UP-125", 2380000), ("Baby Grand Piano GP-150", 4980000),
    ] },
    Shelf { department: Department::Instruments, path: &["Musical Instruments", "民族乐器"], default_user: None, goods: &[
        ("竹笛 C 调", 16800), ("葫芦丝", 19800), ("二胡 初学", 58000), ("高胡", 98000), ("二胡 老红木", 380000), ("古筝 21 弦", 198000), ("琵琶 花梨木", 268000), ("古琴 仲尼式", 480000), ("扬琴 402", 320000),
    ] },
    Shelf { department: Department::Accessories, path: &["Musical Instruments", "Accessories"], default_user: None, goods: &[
        ("吉他弦 一套", 3980), ("吉他拨片 10 片", 1280), ("变调夹", 4800), ("二胡琴弦", 2980), ("松香", 1800), ("Metronome", 9800), ("谱架 折叠", 6800), ("笛膜 20 张", 980),
    ] },
    Shelf { department: Department::Artworks, path: &["Works of Art", "书画"], default_user: None, goods: &[
        ("书法条幅 宁静致远", 58000), ("扇面 花鸟", 38000), ("国画 荔枝图", 168000), ("国画 珠江帆影", 298000), ("篆刻 闲章", 48000), ("书法 前赤壁赋 手卷", 680000),
    ] },
    Shelf { department: Department::Artworks, path: &["Works of Art", "Prints & Sculpture"], default_user: None, goods: &[
        ("年画 木版套色", 28000), ("Lithograph: Shamian Island", 98000), ("Etching: The Ten-Storey Book City", 68000), ("石湾陶塑 渔翁", 88000), ("Bronze: The Reader", 580000), ("广彩瓷盘", 128000),
    ] },
];
