/// Somebody whom everybody may be.
pub(crate) struct DemoPerson {
    pub(crate) name: &'static str,
    pub(crate) email: &'static str,
}

/// Nobody's secret.
pub(crate) const PASSWORD: &str = "demo-password";

pub(super) const ANN: usize = 0;
pub(super) const BOB: usize = 1;
pub(super) const CHEN: usize = 2;
pub(super) const DANA: usize = 3;
pub(super) const EMILE: usize = 4;

/// Who is there. Ann is friends with all but the last, who would like to be.
pub(super) const PEOPLE: [DemoPerson; 5] = [
    DemoPerson { name: "Ann", email: "ann@demo.example" },
    DemoPerson { name: "Bob", email: "bob@demo.example" },
    DemoPerson { name: "Chen 陈", email: "chen@demo.example" },
    DemoPerson { name: "Dana", email: "dana@demo.example" },
    DemoPerson { name: "Émile", email: "emile@demo.example" },
];

/// What the last one says when they ask.
pub(super) const REQUEST: &str = "We met on the train to 苏州. It's me, with the umbrella!";

pub(super) const GROUP: &str = "Weekend in 上海";
pub(super) const ABOUT_GROUP: &str = "Trains, tickets, dumplings.";

/// A message of the script. People and earlier lines are named by their places.
pub(super) struct Line {
    pub(super) who: usize,
    pub(super) text: &'static str,
    pub(super) answers: Option<usize>,
    pub(super) mentions: &'static [usize],
    pub(super) reactions: &'static [(usize, &'static str)],
}

const fn line(who: usize, text: &'static str) -> Line {
    Line { who, text, answers: None, mentions: &[], reactions: &[] }
}

/// A talk between Ann and another.
pub(super) struct Talk {
    pub(super) with: usize,
    /// What the other one begins with, if it is a picture.
    pub(super) picture: Option<&'static [u8]>,
    pub(super) lines: &'static [Line],
}

pub(super) const TALKS: [Talk; 3] = [
    Talk { with: BOB, picture: None, lines: WITH_BOB },
    Talk { with: CHEN, picture: Some(include_bytes!("bund.png")), lines: WITH_CHEN },
    Talk { with: DANA, picture: None, lines: WITH_DANA },
];

const WITH_BOB: &[Line] = &[
    line(BOB, "Hi Ann! Did you find your way around?"),
    Line { reactions: &[(BOB, "👍")], ..line(ANN, "Yes, it is quick. See you in the group!") },
    line(BOB, "Did you know? Edit, answer, react: everything is a right-click or a long press away."),
    Line { answers: Some(2), ..line(ANN, "And the arrow up key edits what one has just sent.") },
];

const WITH_CHEN: &[Line] = &[
    Line {
        reactions: &[(ANN, "😍")], ..line(CHEN, "外滩的夜景，昨晚画的。The Bund, drawn last night.")
    },
    line(ANN, "What a picture! Did you draw it on the ferry?"),
    line(CHEN, "对，两块钱的轮渡 ⛴️ The best view in town for two yuan."),
];

const WITH_DANA: &[Line] = &[
    line(ANN, "Do you still have my guidebook?"),
    line(DANA, "I do! With coffee on page 12, sorry…"),
    line(DANA, "I'll bring it on Saturday, and cake: https://en.wikipedia.org/wiki/Mooncake"),
];

pub(super) const IN_GROUP: &[Line] = &[
    Line {
        reactions: &[(BOB, "🎉"), (CHEN, "🎉"), (DANA, "❤️")], ..line(ANN, "Shall we go on Saturday?")
    },
    Line { answers: Some(0), ..line(CHEN, "好啊！早上九点在车站见。") },
    Line { reactions: &[(ANN, "🙏")], ..line(DANA, "I'll bring the tickets.") },
    line(BOB, "Count me in 🚄"),
    line(ANN, "Nine o'clock at the station then."),
    Line { mentions: &[ANN], answers: Some(4), ..line(BOB, "@Ann which exit? There are eleven of them.") },
    Line {
        reactions: &[(BOB, "😂")], ..line(CHEN, "十一个出口，我们在三号口等。Exit 3, by the dumplings.")
    },
];
