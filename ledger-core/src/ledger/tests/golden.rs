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
            0 b0fb308c25bdc28ce1046571298c43ca433abacc146556bdd961367d5a7a86d1
            1 ec0f84b5049c212eb5655b8e8c866abd037b87a431aa499588822237bd07b40b 2c1d522d22aeb2d97ab245dbd760d151f97f35f37b80696797278d537925a8fb
            2 f817961b242d34a92fbefb08307e6262660941cd16fe6dd6829903ee9b19c6d9 86bd4345bfb9498394e1052a90bb6aed638fc0c65eae012051aae1016a2ebc5b
            2 5390a3b6fd88192998ef29126fd2e5b2df3b765dbfcf4799814c5fe08da8bf56 86bd4345bfb9498394e1052a90bb6aed638fc0c65eae012051aae1016a2ebc5b
            3 affdf055312dad53f9eb79ee55afd9d25e91ac3c54f9f3004bf11b271e44fd32 88910ec0cd559aaff2379422bd6624c4d8cbc9e1568a841a38f99bbae4b64ace
            4 53ee0fae9c5a99da3d2621186c8819c9ae1f776c5b5fc36910f3b79f824de0ff 1e213eff7afe29f14d6eaf7539211974e9fccef33688591cbeeec131d76edb40
            5 d632db9587270af57dfa09fc8be2698896f0b8dd1385ab7d5c3e0409e8512885 9e77d2d596d6c7fadc28181a9343f56ae798a3675c1e653353090bd45228a7ce
            6 b4e516f361d604c4b2764639453685ece672aef1f98920bae1a975bf3b5457e8 96f59d5e0689fd3b5023f992f87f09c72c49f0156843a9794e27336173e7cc3e
            7 b4e516f361d604c4b2764639453685ece672aef1f98920bae1a975bf3b5457e8 3faf98b80f163bacdad7bd6dae131c319483c6dca2989b9ba6881506a5f83c62
            8 860ab7f44ceaa115d7245ab465dba71a2164509cbfaee9185cb7669dbe36ecf5 0e99fa6ad407852ac321f09f52f2507032f6d3b40831df9002d5c0418ebe01e3
            9 ce5edf47a2fe444b377e89edfe81a0dc7aa98b7da38aa9669599f637bb5e7fe7 4ae07b4a25e8268efac5293b3f0c4146c11df193316b442b634d6adc7a42f314
            10 62db93174da1aa4e96df4f027dd27e36fd9327224e0ef264da15aab6017d3f63 fc8b40dfeec984abe68a0053500d35407106e47810791d07a18e1e01c9eb006a
            11 746dbda8210b943626144f7a71c1f7af081e017198b96071eb1df3f25bf2f8bb a9e2238454d9acee4b3b113089808b08dcbda4fdbaab9d99258afc1d0ba8c647
            12 07a4b4ce1281c78e7a47d77549a2c56b7e1f4d87809b0c028ced852e61c37f21 4f6f923668c33044aca487a473bdd26ceb5afd9777bf40443ced8252eac2d10d
            13 37f07b8ea5e030ba17bf3e5b94c5b2ce396a772e487c049c8cbef3c22b4c3299 800d2b78cff159e97868821358c45c0f2e0c674eafbcc1266a2c3c42aec74dc5
            14 6f9a89e3116d4adc1fdb9432de717192a9ce4253a1e198ab16724f5dd787b860 158b88e5615e238229094eac53bccf288df7bc178d87f363573ccb66683c77a2
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
            0 b0fb308c25bdc28ce1046571298c43ca433abacc146556bdd961367d5a7a86d1
            1 3c791f2c737afc1fadb1309009862fd9ae794a11670e40c744768318455cd0ae a75ed7d43e11f04580797210eb9e9972468ba4134905a6809d77583fbb956150
            2 749292c2137985b29687a575d8842effc74a2103d52ec93556db628b709aab50 4f019672ec8cfc77cf4fff550f2cbc63dfb1578adf88d74d0c2304a0aceb3ac0
            3 d7d56426bc2e59399c78ba40f97bde5b21f4e59e8419bd969097fdce29c6b89a bf821700a52bc6303c2521f97f160406268f45b19683e9ce97486aeb58bf810c
            4 cf1075ac4e9409f9aa02358fb74862ebf4fb0f8ebe50c49cb3035ec79886cdda a85aeeff35d53a0881e283957ac107f962f822d2abad084838a0d1c2bea7d19a
            4 e867c85ef4eac9cf3dd691bb724f61c278d72a4720318e89f9fb4c94bf318791 a85aeeff35d53a0881e283957ac107f962f822d2abad084838a0d1c2bea7d19a
            5 45cab3c759d7027850bf4627ea55440ab821a121882e0e2554d47418dcdba05a abb424d899f65d6efdb758a81d29426e9c8cfe00c5afad11efb4208913409118
            6 3a521fe23b5c3d2542382e9c445773dfac07de3c6fe3edabf65d576792bf0070 1379e0b79b94e96e35abe63b73ef5931b850683e1767eff275a85ce33fb0a754
            7 a08aba162e39fcf2641fefd1bdc9c1d1e873fa91be30f6f6813e7a7f8af464b5 b2980b5d9d9d22fd1ea3594d5f6c68c6e072afdb27b2f3117fa37d2cbd027456
            8 83527eff4cdf38736e05a0c6fc03fcd3007dd4f89687354c75cbb997b6687dee d64efe8b8c44187eb6b3c24d8d3d771adff82ee28905b0ce53de28a3aa536ee6
            9 89c138f4de0956ae28db2f04a6b8609d46068c03fa22d0134c75706303d289e8 67727441c4553a8b3f367f838a04024d6d7d9f719c62ca80670dbd9a9d918022
            9 20d34ad1dcd79218f5bd0a0a7a3266e852a197ed7e3aa12b75ed526b950cc77a 67727441c4553a8b3f367f838a04024d6d7d9f719c62ca80670dbd9a9d918022
            10 9a53863f358ecaf89f67354d93a49886678e67b1d11a7165eb2584e19a4dd053 75ee48c5c129cb8b5f1c87ff6f5768af6fda2e99dbf4417147b2ee3e7408df63
            11 dde62fbe1800b466b52ea9407f341f5a236a25b018908e2d52b0b5b7815650dd 4a0dd3ec51754cef3227f6fb442be94b9305ae1dbea53a54ec4f173b35df175f
            12 b212187b8d6fe9789b2a8f9a274e7495c514ac36158b5e1e961b62726f8fbc1d 853c4a2e00fe18eed0c29c911fba7e2ded227d30a81ced59dafa641f013b93e3
            13 416bda9f822161a13f14132becfca9abe5d72ae8f3fb0daedfa0038dfa88dc86 044772e8aad28578b1c6719c9c11d56c97531e565ebdc1febcc34667e53f325d
            14 4da6ac1393e01895fddd1288f8f0ea3b84c5e57c2fa2aab49a80a97889ddcc57 73909e049c761a09dc904adecd6fbb00cb1465866e3053e6e57a307943f39f40
            15 11b24b58dc0c2a1a3a7279d9672c8c303f5e4c4e220b481745fb5b8b00971e42 2a17f1fd82f6cf10d28610f600d4c23931d439dccfe321c215bf05f6671dc03c
            16 5be7afb99202f63c1e00e8c93addba5c9cdd5317b16f4dc0c1cc822de0e5f594 a4375d6ec29469618bb18b121df4639b58ef0af7fa81ab942e10c8133b7143c7
        "#]],
    );
}
