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
            0 cf8dc9fd2741ea1fdb4cd8c9d749f54c1be6402cf604b4c9734be96f1638ebd7
            1 f5295355bfdeb39730fe4d914ff68a39650416b3002c108c90728d127570230c e3ec99e39b3eb39499c10d7afbf19fa281c85298053e58fc667f165a9cedef3e
            2 b587d46314d06f0f862b28fbe36338f5c9318e5b0235ec70848f4f4c52e56d19 f2a79723b0e5442a2b8282b7c4c633965085e382d825906aee85e773bb7ab963
            2 653c32c48064f5c04ffb03d3f6ad698aee251435598f247080d7766e88bebb02 f2a79723b0e5442a2b8282b7c4c633965085e382d825906aee85e773bb7ab963
            3 5110966595ba04bd423ed638b79ec346312511b0f3f9382e30414611bc366775 60fa33352143bfb0815bf722abf5549cd2ed8066d8e0b77c0488717472fc746b
            4 539263268685f01d1438bf88105a2b9e5ca95a5f1d48a59fc88cddc0f89f82a4 a54af00304034d8fa015893d3a30fbd73da990576f4325612223737175d2925c
            5 61ce003074d3192edbef3f3667c8881c58f36e0f9d926180b20f60e6dac6c8ca cc2428c985a9cd80a6e45300b247e9ae79857e4ac687ec3e7f2ffb3df408e877
            6 91fb5bf27b6bf75a7c5afb0d4279eca97bcb7c9456f17c8a13f7f119d276883d 5d4cbd5398fecf170e2b1d923476d639d5226deaa7cc63f2de843159f87ea9d8
            7 91fb5bf27b6bf75a7c5afb0d4279eca97bcb7c9456f17c8a13f7f119d276883d e09e91d1076fd3beda29ec37c23ff997ecc8b36600fe177e4a0df5d23d75209b
            8 558f3e35f6bd1313e3708f3d4b3ec1375f4fe6bedb159e16f94ccab3de24b2f2 7fd6ad7332c24eb8eeb99b7caf9f52b653fa96152640ce04bcb6743eebed368a
            9 69d49e65f246ab48c7284e4592f1370198ff1a899915ec1d53a9b7f7c591389a d35667919b10444c2d64060d56550afeed2293266a592ffc6d2481ea7e9e7cef
            10 3c6cd3a09ecc6f13bafbb1c425b2e45bcd00177e9d7d6c469871e45c78c591cc b530ceea71fb0461ca794e1914c44bae1b6433289432cffeaf9ada9c50784ca0
            11 7f7187573952bfba2139f59afa7a4e13b247064b2051d41c0164723637438f1b d7b4a85f61bdf94004832ed2f0b7d5c7c2e9dd453b36e9f50d1cf8860213ca23
            12 9dec163e2120058a27120347333285082225c3aa8fe4b4c3b5c7de87dc19d517 a4b5819209eff9d11f2bfa1fa829b6ffa4e7f087b5870a3cfabb92a509b69ac3
            13 8ae209097c74f2cf4cbe1a4b5c85bd78a7d989affadb700ce28aa75ffb451091 4df5b2a92abd63ccbcd47c175e349e7e029fcb04e2974f89738b7f198b56606d
            14 ddbd66d940c135ecac3425276ba18905ae8525884c9c7f48cd06e882b2e82932 f7ffee757bd8c9a59678294bb38c276512629330a8ff11d6ba5ec39caa663566
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
            0 cf8dc9fd2741ea1fdb4cd8c9d749f54c1be6402cf604b4c9734be96f1638ebd7
            1 8b976fd788d0eb4c4b9eb6ca9c8a38b39baa14ef8b40e3a823d94b489a07efa6 a808bcc6b9992b391615be68524e1328a222af7eaf9637f42b3c26e15af9ce95
            2 94ea59d21c62b70c40f2da0914d84c3a17c2590e142bbe196f451bc9e57f61b0 abbba1778b4b026c9721f2c9a1f46fbd26e39db1daba6d17b2ff39e36026ecfd
            3 5043184ba136849138d9b505b5181a9ee30c8a74ddf9861ba4fa360863624536 0c08a18771a2b1793f85644c99c10ba359c10d38d6cb41eeefbaa4fb50e817c1
            4 ab2184a3ae4c133e42f0309e34c9879991c90d80bc9a8b32777ed89b3ae0317b e77cca9f358e6659d990b7d78b8ea2caa109e02192e6efd6d9f3b28fb9ce8cb9
            4 4f3956bb64b4b74849a8dd40e053ef7b55a335493e09b6cb3bc313dbb87f0e97 e77cca9f358e6659d990b7d78b8ea2caa109e02192e6efd6d9f3b28fb9ce8cb9
            5 8dbd929207f7bffc008bcabea75a5ee2bbd0d347576e12c002d727e8bab05844 2df888329fda0cf2c83f166c56030fc632cadd827a627ba1b8156aa4b66cfcb9
            6 c892d1cd721bc652f122318bb9472ca2c68351a516a8a2a8bde941ae94757c77 29aa5a80ecb3008e8fe4514fabe862bc3abfbc72d1835d22cf50914bc3a7736f
            7 d6d9e35cb61849458585a3ba67f7ceb275187031f780245acecdb2b8559c0c71 a644a844fb44ffd6b97694cd1fad0a62b1234d052b193685711a2854a1aa6175
            8 ea3f9a17b2148f28aa4fabeb18110a11aa59064ead416c72f8bcd2e917eb105c 063c50eada8b767f81f81e27b574ce50396cc6d046e05749fca1246c2815f5fb
            9 a643881297130ad9740a3dd1ad553209a37a37fdb80c42708f980bacb606a765 7154b0ff4342debb4216a3994434a210b87af9a2f4e71a94472d9cbf234be1b4
            9 50b7d48ae538ea4b4436ee7c54396a398303b1c77816574f47bf4810ba05d811 7154b0ff4342debb4216a3994434a210b87af9a2f4e71a94472d9cbf234be1b4
            10 942419ce92c8437b8025331542e9fe9d36f3c1ee5065f06ce89242c2cea4b173 af2cd63fa30d7e4c63a14f2efbdd18a84a1a1c09449a7430760332bb07e8142f
            11 022e7db55fd36bacd1e655f71ab165a5a838161ff23d6be401a7951be9e42ebd 6b6fb393f7dc6d9a698ae109e795a59d4b43b1d9f9c7c71aee8439bfecc3a83d
            12 ed10286b22dcd8089c449b2d00abd7c3fe98553ea6d9aaece67eb862b8b90fda d651bda850a16cf75299760be20a8127b9e356a16078229d97fc9e61dd039172
            13 2e2c4bdcf5cd5221f4e1906dd1e174e3aa18b4b4961abf5029538b026ab1da51 b826b90504ac74d89643989cffa112962ccfa0e8b14db064a346c0d98f07d9a9
            14 06fed3d9cc1b270e7b9fb92044ed641a7f5ed81c2f8249229a97603eed254416 71ee904699fdbaeed9f5e9ef9804698aa1059b6f75838025b6c929ef2457199a
            15 a653284a61a76c7bbd577eab40ffc53d360c82fffb73f4a478a3be00f678b251 3c1acfc8fda501bff4b49559298c4a56f67c3b16a29e67d8e5f07f8a9a7c5d91
            16 900b145660026c585daf90f26acb0f61315934ab9cdf3e0fc115428cc1a7f99e 29f673b1ad58e909f5eebcbff1872129c7e8bb66494d4d7889644835a88a610f
        "#]],
    );
}
