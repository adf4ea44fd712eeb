//! Golden state roots: the same blocks give the same roots, on every platform, forever.
//!
//! A root that changes here means a chain that splits between two versions of this program. It may change only together
//! with the format's version; `UPDATE_EXPECT=1 cargo test -p ledger-core golden` then writes the new ones.

use std::fmt::Write as _;

use expect_test::{Expect, expect};

use super::city::City;

/// Plays `script` a line at a time; the root and block id after each.
fn roots(script: &str) -> String {
    let mut city = City::new();
    let mut text = format!("0 {}\n", city.state.root());
    for line in script.lines() {
        city.play(line);
        let (tip, root) = (city.tip, city.state.root());
        writeln!(text, "{} {root} {}", tip.height, tip.block_id).expect("text grows");
    }
    text
}

fn check(script: &str, expected: &Expect) {
    expected.assert_eq(&roots(script));
}

#[test]
fn golden_roots_of_an_orders_life() {
    check(
        "chen opens at xuanwu -> ok
        cao opens at gulou -> ok
        cao is granted 300
        budget winter opens for service of 600 in gulou until +30 -> ok
        cao posts 90 in gulou as o1 -> ok && cao posts 60 in xuanwu as o2 service S02 budget winter -> ok
        chen accepts o1 -> ok && chen accepts o2 -> ok
        chen starts o1 -> ok
        3 hours pass
        chen completes o1 -90..+0 -> ok && chen completes o2 -170..-100 -> ok
        social@gulou/1 approves 75 of o1 -> ok && social@gulou/1 approves 60 of o2 -> ok
        cao posts 60 in gulou as o3 -> ok
        3 days pass
        cao cancels o3 -> ok
        chen posts 60 in gulou as o4 -> ok
        40 days pass",
        &expect![[r#"
            0 3d5b6d46f470ac5a8f3a5ad42fa18bdce67b739991e740a4fec1bd6b0dac764a
            1 3350880832eeab97b1065232e67fbb2da85754e02656d541826da7ffd979e971 3182041e9fc778f5ec9f10d51d0c14f2a7c78b4995b6281a699756fcb446f912
            2 e5bccfbdbe1d46cfb3e02930e1ca577f7068fb59669aca2415a20d0eb0d6f8aa aa7691c8c91859cd04f93cb4aa75dc314ea544a57a9fdacbbb839283d493c6d5
            2 af3b04b282f10e7c25c6871fa39f24ee9f3df5c223575d61ea4348141537a852 aa7691c8c91859cd04f93cb4aa75dc314ea544a57a9fdacbbb839283d493c6d5
            3 1bcd301981c1d042fa7b8f694ee1a7c18112a5159d744cd7e72b07f16d27a92b 65b1a6a5156e430151e74c57097eddcbf6545ecfc292199715799fdc9942cdde
            4 be01128e045d539f6f895e1c2503fb694a3df5c6a36ede28359943f6b590e06e 65abb3b332e101eed02462a059bb09696ed9d90f8d5ffe389f975f12b44120ab
            5 06b3b3c1e68c1ed986ac1ff90d5c40abff5735a79b3b6f38c353f4e36358180a 7b30f8242e7ea346c7996877427e49d19840bed6686fbe24711c4a2c4b0193b2
            6 2ad4c69e9d81566f24dfa8fc3ec4884265fc971e2880da7bd396678fdf876883 33ef04d2966787c503afa0ae3a479ff841db40e17f8b39895b3f7b880d759417
            7 2ad4c69e9d81566f24dfa8fc3ec4884265fc971e2880da7bd396678fdf876883 1e865171cfdf5f6167a8fe8d2c2b9af4ce88849151115854ae3788e53db0e9bd
            8 6b9845a7d703df047a8323e073c26c1a18c737eb63a9ae698b0687cd4809946f 12f8a8a4e3952107b052279464ea9ec6b45aad177bcf4a60f6d598f18a21e453
            9 0aa19473194a8c2cbab26e7f18e67b7804da6b609884b9fc206b0e60d8bbcd55 a2c9e8ca335a29634a2bd0cf3ff8ec58d898350fb870561d60c257af3fe9541c
            10 a2060e32d625e82d48a17b3a8808ee97b33d8dbaaf52acde343b4f1776df046e 6e0d998f4042280e5bd717be826379d07041ccc21d85a84b5c90d8109aafa43f
            11 95da70c5be9aa88e010194651f4fadd88262ddb7933c038be0a5d3613b8fcd3b a8c0681b043d602b913976cf3ecd985b62e5062c483ffcc6cb5080d7dbba2e90
            12 0704c502969802fd842221433e4fad26155c4375a5a2f5cce080d542ca6a693e 71f44e7bed09de297b13a3356e59a183de5ea8948c9cece6b9b2749143137d5a
            13 d258da73a5bf98c640db05490b3c4916a77f6f674af5d2f0cf34e82ea3dc6ef0 589366d77d6e829d4c75459dd57d327137d81dae18042e7fa17bbfeebca703db
            14 416a0acc858499b56695983ee3a98ea3e9f2556b978eb05d43bbff2896608978 7dfa009877d08ba02d30d7f870125ac39c134a62e8e960b268b5b8b24fe69e51
        "#]],
    );
}

#[test]
fn golden_roots_of_a_city() {
    check(
        "elder opens keyless at gulou -> ok
        wang opens at jiangbei -> ok
        rice registers at gulou -> ok
        rice lists I01=480 I02=60 -> ok
        elder is granted 600
        elder appoints clerk@gulou/1/1 for both 600 until +30 -> ok
        gulou sets quantum to 30 from +1 -> ok
        25 hours pass
        wang links elder as parent by wang, clerk@gulou/1/1, registrar@jiangbei/1 -> ok
        elder posts 60 in gulou as o1 by clerk@gulou/1/1 -> ok
        wang is granted 120
        wang gives elder 60 -> ok
        wang donates 30 to gulou:donation -> ok
        elder redeems I01 for 480 at rice by rice, clerk@gulou/1/1 -> ok
        wang rotates to blue -> ok
        budget care opens for fund of 600 in gulou until +30 -> ok
        pool gulou:reserve gets 400 from care -> ok
        validators become v1=10 v2=10 v3=10 v4=12 -> ok",
        &expect![[r#"
            0 3d5b6d46f470ac5a8f3a5ad42fa18bdce67b739991e740a4fec1bd6b0dac764a
            1 8671164a901951aca4ceeaa4bf8097ee9053c58a7c641764fe7bcf0ac695b7b7 9990a5b54847faf3a5cbcadfefa83ee3ba09e0cabb0cc0d7c6bc5fcef4af8cc6
            2 aaf09f20fd90f5749c3bc640547017a28e9e69158d4d720d3172396b826d111a 72f329f2952b0cd3f22298f2182510ee88aa0e703cf91cc5576a594a47f12f49
            3 373d49baa99a768efaf7b81d30d3e3bbb25681c915f4a46d400cb9af50f3d23d eca0a5a6aa63d2621f50d52069857038ee973911fbccfcb32ff5e592dc348a70
            4 7f97ab454e0138694bb8d4995395507bc60cc6535a30f1a9d49e4fbb55307607 e6044bdaeba627faefa937efbb3306ca1c6cd2de6c09e52422226aa6060ec6ad
            4 87bea79c3cd7321d5cdc3bfb79a7864b5feafad10c3c0c56853e4e66331c4ced e6044bdaeba627faefa937efbb3306ca1c6cd2de6c09e52422226aa6060ec6ad
            5 f8fca204d0fac18324f23fefcf428d697d99ba9e94c28e33d27b67ee66860cd1 6e7b27b3975d16fff48c65e3fffd9f6b8fddfdb7aa4d98062a09269e54130ee0
            6 eebd734aacea687d37f6414b1bea43b0139b4eeca528b456d40ef696d55cbac2 5456e2b45a1c5989d2ab37cddc868afabc2b7e58fa29d2b1ea7021268030cf34
            7 51156e0d48ac2cbde9dd4765d51547088dbaecda8d8336e160a99df5f815dd7e 5ba2b0dd6854e9e85ac57379cb75ccf38b035c66450b27b80bc9b3a674fe5474
            8 3092ea81212f2ee0c7111ebb05a49b4d02266371176c0c82b42f510b909c20b8 f426a40037cc95bd97fee84a0f3df6ffc5cec30d6edaf2ce8e14807bb90b2422
            9 100131140f0fbfe026f7e01066df283bb197a0b428f25285e584f247b9628a0a f5feb7f32beb2a5f5149e4e5a0e3d87299c99b6425b98ea1bbf9d628cc9c38ac
            9 1c7a723e4b2264caaf8214a4eceaa70e464dd0b7bbcfa76d14ffb657b59f4d6b f5feb7f32beb2a5f5149e4e5a0e3d87299c99b6425b98ea1bbf9d628cc9c38ac
            10 ec30b8671d167ec2dcadc565c2ad4163dd5e69908171b9e9585341fd8aa24389 3be0efa3a91bc2439770d9fc788a42eec6334a21eaf2760033ed12744d974c6b
            11 213ca6c4be936d409cf5a876072eb1fde9bbde2b912a4756dc03193bc60d2e3c 9d2ef449798a4b268dda14609f445fa629547845d46ecc53515f5fed23abca30
            12 a64c1b1c117ca96b50459a1cd2f8059a8a059262513a8c10604b73b692d59bd2 24b2db0eac63f4c18191e5bc1b52dcfcb0c1ebb5d9b8b5192f23f53d1b7f8939
            13 64ee35ba2d39e7e0ace3624464eda809ddc4495af8660215446b8c9c9f019481 7a6e69f7436964a2030e857cade5d7f80d4aa8ba96116029229d36ab9a66581d
            14 32b62e8ecf9f3df2b18b75ef367d12d0300c25b43030f9447bdbd727c3b4ddab 8a6e7c76fb291ce9a618cbd372f6464e46770bd4844dc0e45fef6342436dd12b
            15 8a8b03a99609c4cecb16cbcaf3fcdad2796ed229053ddf4d31fb1245d640636c b67db8861138aa4ccc4ca08521e3a8431faebc3e18a31a6a8392044831775291
            16 818bb1203cccb9d8f15a6e5deb9d30ea27f48b840bae1b0bbcd519c547d2f08e dc76626863aaaffa390c6d57830cc83333e3320582c2d8b91ecf20472f5ddd9e
        "#]],
    );
}
