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
            0 457e842b2ab90c343c58ff159341e0458687368947a83fd7b9263f3edfdf7eab
            1 70337f46d412f4e11d0d08bf80ded371a3468489af249a41a215b9e9c0b67088 6aeaa21c86759cc6b69b1bfc5fb7583cb9df12b0718213ad9bc1a9be84943c9d
            2 42fc81eb3243095f71bbf2052ca3ad0d2d601327ce2abd8d52c65505000db905 c74a88e36c6bacc7707d98e7c904571eb3050c97d8aea1733b5e3b8df01b7f3c
            2 1d81610d6099cd91a076c3ceb38c7c9c89b289a6231f2224c0d7c6ab20ca5e7e c74a88e36c6bacc7707d98e7c904571eb3050c97d8aea1733b5e3b8df01b7f3c
            3 594c686b04f1c4f2c60cc37273536b39a5b784d3fdbd8bf7ba6dac90448d1f15 247538a309b327ace2b00fe26813fc4ef131908a4c282619cf7705356d042590
            4 bb8d3bae9c2794b2256ef23bb92bd97b04e0aad1809bdf0a03cee16d78984120 6103261709952ad1b898d9e4efd8a592d3f2206daec16affd99840ef523b536e
            5 c805b454d771a4d7e3e0d5445cfb154b7fb86847480483fe6e0b22c0e7731dd3 d4473d3416879b567eb1a30eb96e75832f11a3d2977ef4a3349c5ae19639d495
            6 38cca3a355af47d382299fef4587ba5acc73189488eba36774d4bc26911065ec 6748ab5ffc16a727f98f09c6d58e502fa30d08557fd917099a9fd68b19bdc052
            7 38cca3a355af47d382299fef4587ba5acc73189488eba36774d4bc26911065ec 3dffad0c74a0baffaf78114b25ac52f6662981313f730b3091cf07f9aa6c7e64
            8 fed72aef616bb44d94e493f46cb36a5ebbe8febb3e6f8b8fd47106eb93995691 1d4a6cab8a7a64cb9579ad2a7383bf2050b30c24328bebd50faec022b5f6a4d0
            9 1be78b67778704a3a0d6dca022b509e0affd2eec5b57c4c456e79f9b43a5f9a5 5b64667d81624036b8bc57c3a14806893cf9e203bf00a9acee72fadc87ac1275
            10 cb7d96c2ca354fc30a921076dc2bb829f6b87a1f3a842bc74d57295a04ca3d9d 5c506aa2e06176259a5a7a439c57fb4348a98ca074195fe464231b390ed2f8c4
            11 65d4dea7528543568e669a9b43a776a132bdeba9eb2bda58a082d3f46f30509e 6b4f60ac8bee8be9fd500e328d2967295c9e7026fa2059437faeade87aa7265a
            12 b8dcb317a861680a7b4995270d2dde2e0f16d91ad85ebc7697053b5cdd7d8917 52dfeaaef938e44deea6dd48dfd95321c7a85b0fe1495c6ceb5bcef1979c685e
            13 a468121ba7fa000d789fd426256459e604b5546c5cbd7461a664fee785cdf536 67155d66be4ff25e051c8e93fd2fcd4d9d3a80dd26530f9d37f3c033ff876166
            14 19ccc191fb1836fdf6f44278521319f4b84eb4af6135bac8899c27d4aa481d02 5935cf4e84c02f05de8aa53d5262707bcfbbde206970ecae7116ce83fce71811
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
            0 457e842b2ab90c343c58ff159341e0458687368947a83fd7b9263f3edfdf7eab
            1 8292ac9c5f6953353d9ad604ddc773e72e599e2206c81eda89a8729d7b07e6df 1d6d323abda36f3075261382fd56d4f4eadce9586d4357cad161bde5dc097a94
            2 b8d927217057f7fd9d3d3d977ef58d4aa51b5c85b6cabbbda04d234e3e2840d6 bc4a702a47085be525f44c75a0e72326283153320672b3ddbe70a8fb32a0481a
            3 2ccfb19c9417502f0affe9cc207546852a44715d4d3d8701b951c61cd548506f cc615955c0ce8663c81d705ca3b369e9cddc22f2e8b274934ec98177300bf0af
            4 88937a2e103c27dcc0266c7cfc818084562a30024cb391a5a9923e580b0a8f0c 3f3356866ed5a787904cb0662bd36e94b3b29107815a3a57d34b40e6bf60d6e7
            4 3b557c8b7c3343666f53436e2fdab7539a52e994a38bf17f24b55afd80ca0d04 3f3356866ed5a787904cb0662bd36e94b3b29107815a3a57d34b40e6bf60d6e7
            5 0d54c0b6776851ef205b50b840220f2dd1025b6a955c01f99b42081583b7c50f 694877c7d25c915a39807a720936cdf94690bddc19d9f11d3dfb883251c51c6f
            6 b019a499d4b54a64f343ea3060762c4b2f412f663de22ce0593c864b8aa0be70 1039e37d6b5cfa58354efcb3800b80f96addf45994f75d46e5e5d2091198ad7b
            7 019243b34977e452052c49fa73723ed4881ce7ca0ab9662df96ecc27778ab1be 73f0df09ffbc9cb3dbc243202f7938936ccbe45c495dca6568cc3ba5a096a2e6
            8 642f728fbc5b02e8620a5156aee2b38721f0ee185172cd6ed0a0bf0fed7266c5 e9e3b9df285650dd8d1b71c263273aa5bf9af055a00bd4c1c25ed149820914d0
            9 d07adae6421a9619d9c66b05c2c19232cf96d34659f6f5fd67cb9de9bb30cb04 f36d3eb2ac763d2b63c23082a61f4446f03dac33d4d1f65ba7dce38c34ba718e
            9 af8fee57aedca9b9c5e4b7e6ac0190f20e6253cfdda5f2f43f68455c247b23e8 f36d3eb2ac763d2b63c23082a61f4446f03dac33d4d1f65ba7dce38c34ba718e
            10 eab4b442f54eb4d97d6e310911450215af7e85159824bd5991f9b1813708a863 ad6c03658a1fb68bd385d64e2b335394ceb715ea8d6060c732aa7777b37a9452
            11 9feca8c254d78eec916a0b0b1bf422fe3fde8f9b6f475beb6f26557e8369a1ee d30e4fe8ffb3e861623792a7e322b5843b25a830b8aaf8514a3ff9ef8b693636
            12 1b5b7ebcab2b05efa8e79748ec8d8829dc5df05781f95e1676284114fdab20a8 7115d6b8eba7e857a282c33673fbf337ae1f4e0a38a94cd57be90984a5508355
            13 39bf4b694d968e63697e28deb69645a25f16bea1fe6046274edff5eb3155cc03 f3a8b0a37d2fd630fea656385e8aa89ee3bd9f96f7fec64ff2715598f2f35aee
            14 a08c5d0c4f7ee70bf76f2f099c9bd8e912e15ddec6f0e37a65392b15ad7e8e3a 5e9588e7ad7341ea6a77c88a1bbb2837de5545ed49a0accc2c59062eb3b2448b
            15 bff3bd0c293356747e4b5c92a65770764bab13347147ec58efe54c7cbfee69f8 ca1f05b950acf68fb691cd740a9d4d82ef3016da65f957fcd5aa345bc3dee106
            16 870fcb9962345fa6ca82efb03222ed0a6260269fdea0221f37967cfd8c298d8a a63c50690f2e747e83bdaa3697dda84dcb8f773c903e25034209636d310b820d
        "#]],
    );
}
