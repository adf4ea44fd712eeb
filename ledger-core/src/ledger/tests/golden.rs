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
            0 eae4bb90be45f8781330fa921ed3723551dae07a38c99b348de09e083337e721
            1 8870525e626de36222a762250e7c5c41c8239d1dbf04fb3df0209e681ad25779 e4cd1f267804262a1615788aa0543bfadfb583bf464a0198916ab771c1fb74c2
            2 35ef1fe6ade408fb4624df23101efcc7bb37d738866da67c717c080bef93e02f f5c397eed74e47122f3ba40bbb9addf4e630fe84d1d42ad54525c7e4fc4149f7
            2 bab29ed4b5e072f8c2473da0bc3d442f2cb6e7aeffddb2d3262bafe0011c22f7 f5c397eed74e47122f3ba40bbb9addf4e630fe84d1d42ad54525c7e4fc4149f7
            3 1f1db905527225a6007734d562d82f8a3e11eed6a30327bbbf7ca842716b824d aead05f96829c2687395c642b6a1202f683cb0285c99c575bfb74810b19d732f
            4 ef6aa18df33aebb135dbc9699c9365916f6ca5e028c48b68ffe268ab97a6e629 dfb20d7ed60b47679dbea49beed775307182c2ba06960ccf082067e55223bd3e
            5 47976d1657129f927e70e46b3f5c11a2b80b2b10e148f94ba38072ac0d6f9ddd d83a3ca1bc531719b918fc1070539df29d3ec6f662fa8123426f585dcc713bd7
            6 f9a5dc18e61114c2e4d0664332a641dce57444b5afcf25651b17c7f0d411ac61 282134a83449838c5e2f9d6fb93e204f3ed8870b67ca4e15a2bddc4cf09a7afd
            7 f9a5dc18e61114c2e4d0664332a641dce57444b5afcf25651b17c7f0d411ac61 b2c0f759a446307e11d3a7289f1e47b4f5844c308b1e93b40654f8c8452513cb
            8 0e7b15b314458334220b6f1cd91e87825c270721005995cf3e3745fb7dd1e41b 222012d6c568ab3a49ac1c62dc6490f77cc738028df4f24b063133c8c9768e87
            9 e93598fa18c859c9c682f286fc736347e634fd4fe69f1dae186368f8d4225451 601f8af48731873128605dbff66b1d17758b039d200cf9a88e22ca709c4e82fa
            10 b152b61a7e2284d95ecabb63ab13b8434d92c57fdea3751ecbce4519d76e5d28 bf0cc5787af6c57cc807a231aec58cb6e25065dd65dc07d79ecec80d7d1645d9
            11 b9cda7477661097a789282b7b9daddc60d3ec8de1f9b05d3680cb10adac94882 30fd8b096a359bebffb99bf5ead98a513ba96143f492c224199aadc27802f623
            12 664a60bb92ce37fa156ee24a899a818d2b764293cc081294d13a16a03fa1092b 0a4eb6400741eef34287f2544f0c0855be14b57e91c820e253151db567f4da6d
            13 695cadc6bda28a614c5f71c5e8948429ce4c137478680e62c4c1cf187959449f 5625cdcaa5f5b4692583b80a2310e2db3b79c999d519231acc29b7385ed2d44c
            14 ed89c9083228476b95e77e906875da49e2136e5b7089ec5b1fd80d5a6ae3604e 4126f5cc8e142f14e286d96c9c9fe46acc763d414197a52e397b978649424a54
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
            0 eae4bb90be45f8781330fa921ed3723551dae07a38c99b348de09e083337e721
            1 8114ecc4251aa58243ba3c6870529005e7573c463bfc90a0ba79629064c4767c b21811d865e5b8d6bc44172d834dd2647c676f5a902a7fd59bc72d6522d70f1c
            2 5547cc6c2b25e2eebb3d883f3492f353e4e748ba11f3ca88abec290d19453a79 b42307ba5fdb6e6e3bad41e7d41592b6a07611d5aab1b3f1fcf8e7b454ef47d8
            3 939a1d35b89240dc2bc732ef96fe264bd8de78c1a6f87831f5e5e97402764676 cb4e9f370598816112e37947791c551522878247c066e8b1ae5b4c0ef9f84636
            4 1b7e2f4c5ce6e35bcd31e23b9734c9c4636305f9c080cbc144514d368cc9d7d7 04c56858dabc4aeaf16c1c674bc2d3dc9788d784b3eb656dc92b860102d42ae8
            4 e481e6265c1a905605c36461062dbb1f949dabf5ce705200a6519cdf4ef1e3ac 04c56858dabc4aeaf16c1c674bc2d3dc9788d784b3eb656dc92b860102d42ae8
            5 e038c254ccb8afbdec5b32c830d34c2a9b22804673ba28ba446f2074d13622f4 67e0c5e268f1b9243a7855825f10e9fad295ee3f44044293fcc9e00defdca983
            6 4bb24d53876416c74dfcc75b2c5d2123c5994cfa0ce76f58bfa798a99812393a 54bd0652f39525f009349993f2ea7ae2fa979fc2044adb39e76ef99d2fb28edf
            7 d9172a8049acae249c43267f65fed9323886c5a2fb6d66a6f69b8faf2911f885 38328d2ae405047c227675e16fad3028c780cc348e1f294d9843cf80f817c10f
            8 a28729aebe3b76137df74b8337e5a20bc8e1cbeb1c1586257ee9ac05c7d6dc7c c4e5a658dfdcb22f636d4c579abe9a1cc7c8600e2ea6e51f7ab8d2ccb59ee1c1
            9 a2354e2f1ffe68d0c31cc2f5a063a602884bbdba5da0936122cf5c69ba2964cf 9aff785e6aa4d030ef6299419e0f1467d3d8952459b9411fe0e932e4528ffbb0
            9 f151d2d4779310a4fa0bc486e1db0d24a04b7758a8775a312fad00ed8ca185da 9aff785e6aa4d030ef6299419e0f1467d3d8952459b9411fe0e932e4528ffbb0
            10 dd266b0e6e29331f0b227942df4387f3b4adb7a9ce111dd0554de0573c582a8d d752f427a5bff685f90a055da570353cb1d2c4aa95d6ac349d8d14ba24e78287
            11 f342ded061c5b063863a99585ebd091ac19992636600b29423f4d6057ebf7dee 3b4f3398ddbf89c16e84eaccac47adbabafbfbfcd3b7697bbf658e66f0bac12b
            12 90cacf84d72412a4eef8549fce8163a046fafbcfa6c97c0be9fa602e3f3f514f 41cc51d9b3a6c2bd44d78eedc3db9cbd522b8e0e34bf30cd0ec6999873c08333
            13 4831f865d0f9131029a76e14c8c89349c1b3df121b30b96d4a88ec8bfa95ed81 b21df3024f004fb54219b48726e4dfff0a6562b811a106d5ff618bf3c606c64f
            14 322857fc0235c871146597f050bec899d68f5f9802619fe19942e7dc975d19a5 43f0bebec3c41411cbfef8857092e6f7a5d065a6f8e66d8f77424b973eec4b01
            15 943ce8ce966bb9d81c6bea94e36a1e16d32da34a4e1d5433947438129430737a ced3bda59ed5f39aef55b924eca8e16183423acaa2554f6a029eb648f1130c93
            16 06db25c5ff8b7783f25d9dcda9756051d988e693d2171ead21d9d422dec5a37d fe3fe964ae1d80e4b407a22ab1f291091b6b6437db25345d03fbd88cd458c7c8
        "#]],
    );
}
