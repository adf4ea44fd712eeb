# 命令帮助。消息名由命令路径组成；属性以参数命名；.examples 是用法示例。

help-usage = 用法：
help-commands = 命令
help-arguments = 参数
help-options = 选项
help-everywhere = 通用选项
help-examples = 示例：

help = 时间银行：查询、办理与共同签名
    .config = 配置文件，默认 $XDG_CONFIG_HOME/timebank/config.toml
    .profile = 使用配置文件里的哪个身份
    .nodes = 节点地址，可多次给出，前一个不通时问下一个
    .genesis = 创世文件：信任其中的验证人
    .key = 密钥文件，与 --as 或配置里的签名人一起使用
    .signer = 以谁的名义提出：账户 tba1…，工作人员 320102005/7，或 key:公钥
    .wallet = 钱包的文件夹，默认 $XDG_DATA_HOME/timebank/身份名
    .password_file = 第一行写有钱包密码的文件，只有所有者可读；不填则询问
    .state = 保存已核对内容的文件夹，默认 $XDG_STATE_HOME/timebank/身份名
    .sign_as = 以某签名人的名义用某密钥文件签名，可多次给出；第一位是提出人；key=文件 表示密钥本身
    .document = 不提交，写成文件交给其他人签名
    .valid_until = 交易的有效期，例如 "2026-11-30 18:00"；给出后无需连接节点即可写文件
    .wait = 提交后最多等多少秒直到入块，0 表示不等；默认 30
    .max_age = 证明最多可以是多少小时以前的；默认 24
    .output = 输出格式：table（表格）或 json；默认 table
    .lang = 语言：zh 或 en；默认取自配置或环境变量 LANG
    .help = 显示帮助
    .version = 显示版本
    .examples =
        timebank status --node http://127.0.0.1:7180
        timebank --profile chen account show
        timebank account show tba1… --genesis genesis.json -o json

help-wallet = 居民自己的钱包：密钥由密码保护，凭助记词找回
    .examples =
        timebank wallet new
        timebank wallet balance
        timebank wallet card
help-wallet-new = 新建钱包：助记词只显示一次，请抄在纸上；密钥由密码保护
    .words = 助记词的个数：12 或 24，默认 12
    .language = 助记词的语言：zh 或 en，默认与界面语言相同
    .yes = 不再抽问助记词；助记词随结果一起输出
    .examples =
        timebank wallet new --words 12 --language zh
        timebank wallet new --yes --password-file password.txt --wallet wallet
help-wallet-restore = 凭助记词找回钱包；写错的词会指出来，并列出相近的词
    .words_file = 写有助记词的文件，- 表示标准输入；不填则逐一询问
    .examples =
        timebank wallet restore
        timebank wallet restore --words-file words.txt --password-file password.txt
help-wallet-attach = 说明钱包的密钥属于哪个账户；凭账户的证明核对
    .account = 街道为您开立的账户
    .examples = timebank wallet attach tba1…
help-wallet-watch = 只查看一个账户：没有密钥，能看，不能签名
    .account = 账户
    .label = 在钱包里怎么称呼它，默认用账户编号
    .examples = timebank wallet watch tba1… --label 母亲
help-wallet-show = 显示钱包里有什么：账户与公钥，不显示秘密
    .examples = timebank wallet show
help-wallet-balance = 查看余额，由您自己核对：证明、证书，以及证明的新旧
    .whose = 账户，或钱包里的称呼；默认为自己的账户
    .examples =
        timebank wallet balance
        timebank wallet balance tba1… --node https://office1.example --node https://office2.example
help-wallet-history = 查看余额的每一次变动，并核对是否完整、有序
    .whose = 账户，或钱包里的称呼；默认为自己的账户
    .examples = timebank wallet history
help-wallet-orders = 查看账户的订单，逐一核对
    .whose = 账户，或钱包里的称呼；默认为自己的账户
    .ended = 也列出已结束的
    .examples = timebank wallet orders
help-wallet-card = 以二维码出示会员卡；只证明会员身份，不转移任何分钟
    .challenge = 商家设备上显示的验卡请求：二维码的文字，或写有它的文件；这时会员卡只对该商家有效
    .seconds = 没有验卡请求时，会员卡多少秒内有效，最多 120；默认 60
    .svg = 把二维码写入文件，第一张用这个文件名
    .to = 把会员卡写入文件
    .examples =
        timebank wallet card
        timebank wallet card --challenge challenge.txt --svg card.svg
help-wallet-password = 更换钱包的密码
    .new_password_file = 第一行写有新密码的文件；不填则询问
    .examples = timebank wallet password

help-card = 商家：不联网核对会员卡
    .examples =
        timebank card challenge
        timebank card check card.txt
help-card-challenge = 提出只有密钥持有人能应答的验卡请求；此后只接受对它的应答
    .svg = 把二维码写入这个文件
    .withdraw = 不再等待应答
    .examples =
        timebank card challenge
        timebank card challenge --withdraw
help-card-check = 核对会员卡，来自文件或扫码枪的文字；需要创世文件，不需要网络
    .file = 会员卡：文件，或 - 表示扫码枪输入的文字
    .examples =
        timebank card check card.txt --genesis genesis.json
        timebank card check -

help-certificate = 志愿服务记录证明：给用人单位或学校看志愿者做了什么
    .examples =
        timebank certificate make --from 2026-01 --to 2026-12 certificate.json
        timebank verify certificate.json --genesis genesis.json
help-certificate-make = 为自己的服务出具证明；写明各种类各月的时长、培训、评价和星级，不含余额、订单和服务对象
    .from = 起始月份，例如 2026-01
    .to = 结束月份；证明里会出现整个自然年
    .reader = 只给一个接收方：它核对时输入的名称；证明里读不出来
    .page = 同时写出可打印的页面，带二维码，语言由 --lang 决定
    .file = 新文件，JSON 格式；--valid-until 写明有效到何时：默认 30 天，最多 92 天
    .examples =
        timebank certificate make --from 2026-01 --to 2026-12 certificate.json
        timebank certificate make --from 2026-01 --to 2026-12 \
        --for Jiangbei-Construction --page certificate.html certificate.json
help-certificate-show = 核对证明，显示数字并打印
    .file = 证明：文件，或用 - 读扫码枪的文字
    .reader = 只为一个接收方出具的：接收方的名称
    .page = 写出可打印的页面，带二维码，语言由 --lang 决定
    .svg = 把二维码写成文件，第一个用这个名称
    .examples = timebank certificate show certificate.json --page certificate.html

help-sign = 在文件上签名：先用通俗的话说明所签的内容，再询问
    .file = 文件
    .yes = 不询问直接签名，用于脚本
    .to = 把结果写入另一个文件
    .examples =
        timebank sign open.json
        timebank sign open.json --yes --sign-as 320100/2=registry.key
help-submit = 提交签名齐全的文件
    .file = 文件
    .examples = timebank submit open.json

help-prove = 写出给别人看的证明：任何人都能离线核对，不必相信任何节点
    .examples =
        timebank prove account --to balance.tbproof
        timebank verify balance.tbproof --genesis genesis.json
help-prove-account = 证明一个账户的余额与状态
    .account = 账户，默认为提出人的账户
    .to = 新文件
    .examples = timebank prove account tba1… --to balance.tbproof
help-prove-order = 证明一张订单的状态
    .order = 订单
    .to = 新文件
    .examples = timebank prove order tbs1… --to order.tbproof
help-prove-tx = 证明一笔交易已经入块，以及它做了什么
    .transaction = 交易编号
    .to = 新文件
    .examples = timebank prove tx 5e… --to paid.tbproof
help-prove-posting = 证明账户历史中的一条记录
    .index = 第几条，从 0 数起
    .account = 账户，默认为提出人的账户
    .to = 新文件
    .examples = timebank prove posting 3 tba1… --to entry.tbproof
help-verify = 离线核对证明，或报告与导出的清单：证明了什么、截至何时、由谁签名；有一环不符则退出码为 10
    .file = 证明文件，- 表示标准输入，或文件夹里的 manifest.json
    .reader = 只为一个接收方出具的证明：接收方的名称
    .checkpoint = 市里的检查点；创世文件距今太久时从它开始
    .examples =
        timebank verify balance.tbproof --genesis genesis.json
        timebank verify balance.tbproof --genesis genesis.json --checkpoint city.tbcheckpoint
        timebank verify report-2026-11/manifest.json --genesis genesis.json

help-key = 密钥文件：生成与查看
    .examples =
        timebank key new chen.key
        timebank key show chen.key
help-key-new = 生成新密钥，写入只有本人可读的文件；不会覆盖已有文件
    .file = 新文件
    .examples = timebank key new ~/.config/timebank/chen.key
help-key-show = 显示密钥文件的公钥；从不显示密钥本身
    .file = 密钥文件
    .examples = timebank key show chen.key -o json

help-identity = 身份登记机关的身份库：账本上代表个人的身份承诺
    .examples =
        timebank identity commit --vault registry.csv --identity-file person.txt
        timebank identity find --vault registry.csv --identity-file person.txt
help-identity-commit = 用新的盐值为一个人的身份生成一次承诺；盐值与身份只留在身份库
    .vault = 身份库，只有所有者可读的文件
    .identity_file = 写有一行身份信息的文件；不填则从标准输入读取
    .examples = timebank identity commit --vault registry.csv --identity-file person.txt
help-identity-find = 查找某个身份的承诺
    .vault = 身份库
    .identity_file = 写有一行身份信息的文件；不填则从标准输入读取
    .examples = timebank identity find --vault registry.csv --identity-file person.txt
help-identity-erase = 永久删除盐值与身份；账本上的余额与证明不变
    .commitment = 身份承诺
    .vault = 身份库
    .examples = timebank identity erase 9f… --vault registry.csv

help-status = 查看节点的状态：高度、时间、验证人、排队的交易
    .examples = timebank status --node http://127.0.0.1:7180

help-nodes = 比较给出的所有节点：各到哪一块、谁落后、谁说过谎、证据在哪里
    .examples = timebank nodes --node https://office1.example --node https://office2.example

help-account = 账户：余额、开户、换钥、历史、订单
    .examples =
        timebank account show
        timebank account history tba1…
help-account-show = 查看账户余额，默认核对证明和证书
    .account = 账户；省略时是提出人自己的账户
    .unverified = 不核对证明，只听这个节点的
    .examples =
        timebank account show tba1…
        timebank account show --profile chen --max-age 1
help-account-open = 开户：登记员、身份登记处与本人（无密钥的：登记员、社工与身份登记处）共同签名
    .home = 归属街道的区划代码
    .identity = 身份登记处对身份的加盐承诺（64 位十六进制）
    .holder_key = 本人的公钥
    .keyless = 本人没有手机，不设密钥
    .guardian = 监护人的账户，也要签名；用于未成年人
    .examples =
        timebank account open --home 320102005 --identity 9f… --holder-key 3b… \
            --sign-as 320102005/1=registrar.key --document open.json
        timebank account open --home 320102005 --identity 9f… --holder-key 3b… --guardian tba1… \
            --sign-as 320102005/1=registrar.key --document child.json
        timebank account open --home 320102005 --identity 9f… --keyless \
            --sign-as 320102005/1=registrar.key --sign-as 320102005/2=social.key --document open.json
help-account-rotate-key = 更换账户的密钥：新旧两把密钥都要签名
    .account = 账户；省略时是提出人自己的账户
    .new_key = 新公钥
    .examples =
        timebank account rotate-key --new-key 3b… \
            --sign-as tba1…=old.key --sign-as key=new.key
help-account-legal-guardian = 设定或解除监护：登记员、身份登记处与新监护人签名
    .account = 未成年人的账户
    .guardian = 监护人的账户
    .of_age = 本人已成年，今后自己签名
    .examples =
        timebank account legal-guardian tba1… --guardian tba1… --document guardian.json \
            --sign-as 320102005/1=registrar.key
        timebank account legal-guardian tba1… --of-age --sign-as 320102005/1=registrar.key \
            --sign-as 320100/2=registry.key
help-account-set-programmes = 设定账户的全部项目：登记员与社工签名
    .account = 账户
    .programmes = 项目代码，例如 P07 P12
    .none = 不属于任何项目
    .examples =
        timebank account set-programmes tba1… P07 --sign-as 320102005/1=registrar.key \
            --sign-as 320102005/2=social.key
help-account-move = 把账户迁到另一个街道：本人与新街道的登记员签名；无密钥的由新街道的登记员和社工签名
    .account = 账户；省略时是提出人自己的账户
    .to = 新街道的区划代码
    .examples =
        timebank account move --to 320106001 --sign-as tba1…=chen.key --document move.json
help-account-freeze = 冻结账户，使其不能支出：登记员与仲裁签名
    .account = 账户
    .examples =
        timebank account freeze tba1… --sign-as 320102005/1=registrar.key --sign-as 320102/4=arbiter.key
help-account-unfreeze = 解冻账户：登记员与仲裁签名
    .account = 账户
    .examples =
        timebank account unfreeze tba1… --sign-as 320102005/1=registrar.key --document thaw.json
help-account-close = 永久注销账户：登记员与本人签名；身故后由登记员与仲裁签名
    .account = 账户
    .rest = 余下的分钟转给谁：kin:账户、estate:账户（身故后）或 donation（捐赠池）
    .examples =
        timebank account close tba1… --rest donation --sign-as 320102005/1=registrar.key \
            --sign-as tba1…=chen.key
        timebank account close tba1… --rest estate:tba1… --sign-as 320102005/1=registrar.key \
            --sign-as 320102/4=arbiter.key
help-account-history = 查看账户的全部历史，默认核对是否完整、有序
    .account = 账户；省略时是提出人自己的账户
    .unverified = 不核对，只听这个节点的
    .examples = timebank account history tba1…
help-account-orders = 列出账户作为服务对象、服务人或付款人的订单
    .account = 账户；省略时是提出人自己的账户
    .unverified = 不核对证明，相信这个节点的说法
    .examples = timebank account orders

help-recovery = 守护人，以及密钥丢失后的恢复
    .examples =
        timebank recovery show tba1…
        timebank recovery start tba1… --new-key 3b… --document recovery.json \
            --sign-as 320102005/1=registrar.key
help-recovery-show = 查看账户的守护人和正在进行的恢复，默认核对证明和证书
    .account = 账户；省略时是提出人自己的账户
    .unverified = 不核对证明，只听这个节点的
    .examples = timebank recovery show tba1…
help-recovery-guide = 根据已核对的记录，一步一步说明守护人与丢失密钥怎么办
    .account = 账户，默认为提出人的账户
    .lost = 手机或密钥丢了：怎样换新密钥
    .new_key = 新的公钥（已经生成时）
    .object = 有人正在为账户更换密钥：怎样阻止
    .examples =
        timebank recovery guide
        timebank recovery guide tba1… --lost --new-key 3b…
help-recovery-set-guardians = 选定密钥丢失时谁来帮忙：由本人签名
    .account = 账户；省略时是提出人自己的账户
    .guardian = 某人的账户，或机构的区划代码（由其登记员签名）；可多次给出
    .threshold = 其中几位可以发起恢复
    .delay = 恢复要等多少小时；默认 72
    .none = 不再设守护人
    .examples =
        timebank recovery set-guardians --guardian tba1… --guardian 320102005 --threshold 2
        timebank recovery set-guardians --none
help-recovery-start = 开始为账户换上新密钥：新密钥签名，加上守护人，或登记员与守护人，或登记员与仲裁
    .account = 账户
    .new_key = 新公钥
    .examples =
        timebank recovery start tba1… --new-key 3b… --document recovery.json \
            --sign-as 320102005/1=registrar.key --sign-as 320102/4=arbiter.key
help-recovery-cancel = 取消恢复：用旧密钥签名
    .account = 账户；省略时是提出人自己的账户
    .examples = timebank recovery cancel
help-recovery-finish = 完成等待期已过的恢复；链也会自动完成
    .account = 账户；省略时是提出人自己的账户
    .examples = timebank recovery finish tba1… --sign-as 320102005/1=registrar.key

help-group = 团队：为共同账户服务的志愿者队伍
    .examples = timebank group members tba1…
help-group-open = 开立团队账户：登记员、社工与团队的新密钥签名
    .home = 归属街道的区划代码
    .group_key = 团队的公钥
    .examples =
        timebank group open --home 320102005 --group-key 3b… --document team.json \
            --sign-as 320102005/1=registrar.key --sign-as 320102005/2=social.key
help-group-members = 列出团队的成员，默认核对证明和证书
    .group = 团队；省略时是提出人自己的账户
    .unverified = 不核对证明，只听这个节点的
    .examples = timebank group members tba1…
help-group-set-members = 增减成员：团队与登记员签名
    .group = 团队
    .add = 加入的人；可多次给出
    .remove = 退出的人；可多次给出
    .add_file = 列出加入者的文件，每行一个账户或名册编号
    .remove_file = 列出退出者的文件
    .roster = 本单位人员名册（number,account），不上账本
    .examples =
        timebank group set-members tba1… --add tba1… --sign-as tba1…=team.key \
            --sign-as 320102005/1=registrar.key
        timebank group set-members tba1… --add-file new.csv --roster roster.csv --document m.json

help-kin = 亲属：登记、解除、付款授权
    .examples = timebank kin link tba1… parent --document kin.json
help-kin-link = 登记亲属：双方与登记员签名
    .kin = 对方账户
    .relation = 对方是本人的什么人：spouse、parent、child、child-in-law、parent-in-law、sibling、grandparent、grandchild
    .account = 本人账户；省略时是提出人自己的账户
    .examples = timebank kin link tba1… parent --document kin.json
help-kin-unlink = 解除亲属：任何一方签名
    .kin = 对方账户
    .account = 本人账户；省略时是提出人自己的账户
    .examples = timebank kin unlink tba1…
help-kin-allow = 授权亲属的订单每月使用本人的分钟
    .kin = 亲属的账户
    .monthly = 每月最多多少分钟；0 表示取消
    .last_day = 最后一天
    .payer = 付款账户；省略时是提出人自己的账户
    .examples = timebank kin allow tba1… --monthly 600 --last-day 2027-11-22

help-proxy = 代理：委托与撤销
    .examples =
        timebank proxy appoint 320102005/3 --scope orders --monthly 600 --last-day 2027-11-22
help-proxy-appoint = 委托他人代办：由本人签名；没有密钥的由登记员和社工签名
    .proxy = 代理人：账户 tba1… 或代办员 320102005/3
    .scope = 范围：orders、redemption、orders-and-redemption
    .monthly = 每月最多代办多少分钟
    .last_day = 最后一天
    .principal = 被代理的账户；省略时是提出人自己的账户
    .examples =
        timebank proxy appoint 320102005/3 --principal tba1… --scope orders --monthly 600 \
            --last-day 2027-11-22 --sign-as 320102005/1=registrar.key \
            --sign-as 320102005/2=social.key
help-proxy-revoke = 撤销代理
    .proxy = 代理人
    .principal = 被代理的账户；省略时是提出人自己的账户
    .examples = timebank proxy revoke 320102005/3

help-order = 服务订单：从发布到核实
    .examples =
        timebank order list --status posted --district 320102
        timebank order show tbs1…
help-order-post = 发布服务订单
    .service = 服务代码，见 timebank catalogue list
    .district = 服务所在区的区划代码
    .from = 最早何时开始，例如 "2026-11-23 09:00"
    .to = 最晚何时开始
    .minutes = 最多多少分钟
    .payer = 谁付款：recipient（服务对象）、kin:账户、budget:预算；默认 recipient
    .recipient = 服务对象的账户；省略时是提出人自己的账户
    .examples =
        timebank order post --service S01 --district 320102 --minutes 60 \
            --from "2026-11-23 09:00" --to "2026-11-23 12:00"
        timebank order post --service S01 --district 320102 --minutes 60 --as 320102005/3 \
            --from "2026-11-23 09:00" --to "2026-11-23 12:00" --payer kin:tba1… --recipient tba1…
help-order-accept = 接单：由服务人签名；团队的由团队和去服务的成员签名
    .order = 订单
    .provider = 服务人的账户；省略时是提出人自己的账户
    .member = 去服务的成员，服务人是团队时给出
    .examples = timebank order accept tbs1…
help-order-start = 签到：服务人与服务对象（或其代理、服务点人员）签名
    .order = 订单
    .examples = timebank order start tbs1… --document start.json
help-order-complete = 报告完成：服务人与服务对象（或其代理）签名
    .order = 订单
    .start = 实际开始时间
    .end = 实际结束时间
    .evidence = 证据的加盐承诺（64 位十六进制）
    .examples =
        timebank order complete tbs1… --start "2026-11-23 09:05" --end "2026-11-23 10:05" \
            --evidence 77… --sign-as tba1…=chen.key --sign-as tba1…=cao.key
help-order-cancel = 取消订单，或退出已接的订单
    .order = 订单
    .examples = timebank order cancel tbs1…
help-order-verify = 核实已完成的订单：由社工签名，超过双人核实起点的由两位社工签名
    .order = 订单
    .approve = 认可多少分钟
    .reject = 不予认可的原因：not-served、wrong-provider、wrong-recipient、wrong-times、evidence-insufficient
    .examples =
        timebank order verify tbs1… --approve 60 --sign-as 320102005/2=social.key
        timebank order verify tbs1… --reject wrong-times --sign-as 320102005/2=social.key
help-order-no-show = 报告已接的订单有人未到：由另一方或工作人员签名
    .order = 订单
    .absent = 谁没有到：provider（服务人）或 recipient（服务对象）
    .examples = timebank order no-show tbs1… provider
help-order-rate = 服务完成后评价对方
    .order = 订单
    .rated = 评价谁：provider（服务人）或 recipient（服务对象）
    .stars = 1 到 5 星
    .examples = timebank order rate tbs1… provider 5
help-order-show = 查看订单，默认核对证明和证书
    .order = 订单
    .unverified = 不核对证明，只听这个节点的
    .examples = timebank order show tbs1…
help-order-list = 列出订单，默认是未结束的
    .status = 只列某种状态，例如 completed、disputed、settled、no-show；省略时列全部未结束的
    .district = 只列某区的
    .escalated = 只列超过 30 天未核实的
    .examples =
        timebank order list --status completed --district 320102
        timebank order list --escalated --district 320102

help-service = 逐条补录纸质服务记录（成批的文件用 timebank import）
    .examples =
        timebank service record --recipient tba1… --provider tba1… --service S01 --district 320102 \
            --start "2026-11-20 09:00" --end "2026-11-20 10:00" --minutes 60 \
            --payer budget:tbb1… --evidence 77…
help-service-record = 录入一条纸质记录：发布、接单、完成合为一笔，之后由社工核实
    .recipient = 服务对象的账户
    .provider = 服务人的账户
    .service = 服务代码
    .district = 服务所在区的区划代码
    .start = 开始时间
    .end = 结束时间
    .minutes = 多少分钟
    .payer = 谁付款：recipient、kin:账户、budget:预算；默认 recipient
    .evidence = 证据的加盐承诺（64 位十六进制）
    .member = 服务的成员，服务人是团队时给出
    .examples =
        timebank service record --recipient tba1… --provider tba1… --service S01 --district 320102 \
            --start "2026-11-20 09:00" --end "2026-11-20 10:00" --minutes 60 \
            --payer budget:tbb1… --evidence 77… \
            --sign-as tba1…=chen.key --sign-as 320102005/3=clerk.key

help-import = 导入机构的 CSV 文件（格式见 docs/csv.md）：账户、服务、培训、活动、授予；每一行至多记账一次
    .examples = timebank import services records.csv --roster roster.csv --dry-run
help-import-accounts = 开立账户：由登记员、身份登记处，以及本人密钥或社工签名
    .file = CSV 文件
    .dry_run = 只说明每一行会怎样；不签名、不提交、不记账
    .roster = 机构名册（number,account），不会进入账本
    .budget = 没有写明预算项的行所用的预算项
    .keys = 柜台签名用的密钥文件夹：<账户>.key、<区划代码>-<编号>.key、<公钥>.key
    .documents = 缺少签名的文件放在这个文件夹；签好放回，下次导入时采用
    .result = 每一行结果的文件，默认是 CSV 文件名加 .result.csv
    .journal = 导入日志，靠它防止重复记账；默认整个配置共用一个，放在钱包旁
    .vault = 证据承诺的盐值文件，默认是 CSV 文件名加 .salts.csv；请妥善保管
    .book = 用来检查的账册文件夹，默认与 timebank audit replay 相同
    .no_check = 不预先检查，各行结果只听节点所说
    .examples =
        timebank import accounts people.csv --keys staff --dry-run
        timebank import accounts people.csv --keys staff --documents out
help-import-services = 补录纸质服务记录：有问题的行逐一指出，其余照常办理
    .file = CSV 文件
    .dry_run = 只说明每一行会怎样；不签名、不提交、不记账
    .roster = 机构名册（number,account），不会进入账本
    .budget = 没有写明预算项的行所用的预算项
    .keys = 柜台签名用的密钥文件夹：<账户>.key、<区划代码>-<编号>.key、<公钥>.key
    .documents = 缺少签名的文件放在这个文件夹；签好放回，下次导入时采用
    .result = 每一行结果的文件，默认是 CSV 文件名加 .result.csv
    .journal = 导入日志，靠它防止重复记账；默认整个配置共用一个，放在钱包旁
    .vault = 证据承诺的盐值文件，默认是 CSV 文件名加 .salts.csv；请妥善保管
    .book = 用来检查的账册文件夹，默认与 timebank audit replay 相同
    .no_check = 不预先检查，各行结果只听节点所说
    .examples =
        timebank import services records.csv --roster roster.csv --dry-run
        timebank import services records.csv --roster roster.csv --budget tbb1… \
            --keys keys --documents out
help-import-training = 补录培训签到：每张签到表每位参加者一行
    .file = CSV 文件
    .dry_run = 只说明每一行会怎样；不签名、不提交、不记账
    .roster = 机构名册（number,account），不会进入账本
    .budget = 没有写明预算项的行所用的预算项
    .keys = 柜台签名用的密钥文件夹：<账户>.key、<区划代码>-<编号>.key、<公钥>.key
    .documents = 缺少签名的文件放在这个文件夹；签好放回，下次导入时采用
    .result = 每一行结果的文件，默认是 CSV 文件名加 .result.csv
    .journal = 导入日志，靠它防止重复记账；默认整个配置共用一个，放在钱包旁
    .vault = 证据承诺的盐值文件，默认是 CSV 文件名加 .salts.csv；请妥善保管
    .book = 用来检查的账册文件夹，默认与 timebank audit replay 相同
    .no_check = 不预先检查，各行结果只听节点所说
    .examples = timebank import training sheets.csv --roster roster.csv --budget tbb1… --keys keys
help-import-campaigns = 补录活动签到：每张签到表每位参加者一行
    .file = CSV 文件
    .dry_run = 只说明每一行会怎样；不签名、不提交、不记账
    .roster = 机构名册（number,account），不会进入账本
    .budget = 没有写明预算项的行所用的预算项
    .keys = 柜台签名用的密钥文件夹：<账户>.key、<区划代码>-<编号>.key、<公钥>.key
    .documents = 缺少签名的文件放在这个文件夹；签好放回，下次导入时采用
    .result = 每一行结果的文件，默认是 CSV 文件名加 .result.csv
    .journal = 导入日志，靠它防止重复记账；默认整个配置共用一个，放在钱包旁
    .vault = 证据承诺的盐值文件，默认是 CSV 文件名加 .salts.csv；请妥善保管
    .book = 用来检查的账册文件夹，默认与 timebank audit replay 相同
    .no_check = 不预先检查，各行结果只听节点所说
    .examples = timebank import campaigns sheets.csv --roster roster.csv --budget tbb1… --keys keys
help-import-grants = 从预算项授予时间：每位受授予者一行
    .file = CSV 文件
    .dry_run = 只说明每一行会怎样；不签名、不提交、不记账
    .roster = 机构名册（number,account），不会进入账本
    .budget = 没有写明预算项的行所用的预算项
    .keys = 柜台签名用的密钥文件夹：<账户>.key、<区划代码>-<编号>.key、<公钥>.key
    .documents = 缺少签名的文件放在这个文件夹；签好放回，下次导入时采用
    .result = 每一行结果的文件，默认是 CSV 文件名加 .result.csv
    .journal = 导入日志，靠它防止重复记账；默认整个配置共用一个，放在钱包旁
    .vault = 证据承诺的盐值文件，默认是 CSV 文件名加 .salts.csv；请妥善保管
    .book = 用来检查的账册文件夹，默认与 timebank audit replay 相同
    .no_check = 不预先检查，各行结果只听节点所说
    .examples = timebank import grants grants.csv --budget tbb1… --keys keys

help-dispute = 有异议的订单：异议、裁决、申诉、冲正
    .examples = timebank dispute open tbs1…
help-dispute-open = 对已核实、尚未支付的订单提出异议：由一方、付款人或工作人员签名
    .order = 订单
    .examples = timebank dispute open tbs1… --sign-as tba1…=cao.key
help-dispute-resolve = 裁决异议：由仲裁签名，申诉后由市的仲裁签名
    .order = 订单
    .provider_gets = 认可的分钟中服务人得多少；其余退给付款人
    .examples = timebank dispute resolve tbs1… --provider-gets 30 --sign-as 320102/4=arbiter.key
help-dispute-appeal = 对尚未支付的裁决申诉一次：由一方或付款人签名
    .order = 订单
    .examples = timebank dispute appeal tbs1…
help-dispute-reverse = 在 365 天内冲正已结算的订单、收回所付：由仲裁与区的财务签名
    .order = 订单
    .reason = 原因：not-served、wrong-provider、wrong-recipient、stolen-key、fraud
    .examples =
        timebank dispute reverse tbs1… --reason stolen-key --sign-as 320102/4=arbiter.key \
            --sign-as 320102/3=treasurer.key

help-training = 培训
    .examples =
        timebank training record tba1… --district 320102 --start "2026-11-20 09:00" \
            --end "2026-11-20 11:00" --minutes 120 --budget tbb1… --document people.json
help-training-record = 记录一次培训：由组织者与社工签名
    .accounts = 参加人
    .file = 列出参加人的文件，每行一个账户或名册编号
    .roster = 本单位人员名册（number,account），不上账本
    .district = 所在区的区划代码
    .start = 开始时间
    .end = 结束时间
    .minutes = 每人多少分钟
    .budget = 用途为 training 的预算
    .examples =
        timebank training record --file class.csv --roster roster.csv --district 320102 \
            --start "2026-11-20 09:00" --end "2026-11-20 11:00" --minutes 120 --budget tbb1… \
            --sign-as tba1…=teacher.key --sign-as 320102005/2=social.key

help-campaign = 活动
    .examples =
        timebank campaign record tba1… --district 320102 --start "2026-11-20 09:00" \
            --end "2026-11-20 11:00" --minutes 120 --budget tbb1… --document people.json
help-campaign-record = 记录一次活动：由组织者与社工签名
    .accounts = 参加人；预算不够时按此顺序入账
    .file = 列出参加人的文件，每行一个账户或名册编号
    .roster = 本单位人员名册（number,account），不上账本
    .district = 所在区的区划代码
    .start = 开始时间
    .end = 结束时间
    .minutes = 每人多少分钟；预算不够时，其余的人记荣誉分钟
    .budget = 用途为 campaign 的预算
    .examples =
        timebank campaign record --file snow.csv --district 320102 --minutes 120 --budget tbb1… \
            --start "2026-11-20 06:00" --end "2026-11-20 08:00" --document snow.json \
            --sign-as 320102005/1=organiser.key

help-gift = 把分钟赠给登记的亲属
    .to = 受赠账户
    .minutes = 多少分钟
    .from = 赠出账户；省略时是提出人自己的账户
    .examples = timebank gift tba1… 60

help-donate = 把分钟捐给捐赠池
    .pool = 捐赠池，例如 320102:donation
    .minutes = 多少分钟
    .from = 捐出账户；省略时是提出人自己的账户
    .examples = timebank donate 320102:donation 30

help-redeem = 用分钟兑换商品：持有人（或代理）与商家签名
    .merchant = 商家账户
    .item = 商品代码，例如 I03
    .minutes = 商品价格
    .holder = 持有人账户；省略时是提出人自己的账户
    .examples = timebank redeem tba1… I03 480 --sign-as tba1…=mother.key --sign-as tba1…=shop.key

help-merchant = 商家及其商品
    .examples = timebank merchant items tba1…
help-merchant-register = 登记商家：两位财务与商家的新密钥签名
    .home = 经营所在街道的区划代码
    .merchant_key = 商家的公钥
    .examples =
        timebank merchant register --home 320102005 --merchant-key 3b… --document shop.json \
            --sign-as 320100/3=treasurer1.key
help-merchant-items = 列出商家的商品
    .merchant = 商家账户
    .examples = timebank merchant items tba1…
help-merchant-set-items = 设定商家的全部商品：商家与财务签名
    .merchant = 商家账户
    .items = 商品与价格，例如 I01=60 I03=480
    .examples =
        timebank merchant set-items tba1… I01=60 I03=480 --sign-as tba1…=shop.key \
            --sign-as 320100/3=treasurer1.key

help-merchant-settle = 记录应结给商家的分钟已经结清：两位财务与商家签名
    .merchant = 商家账户
    .minutes = 结清多少分钟
    .examples =
        timebank merchant settle tba1… 480 --sign-as 320100/3=treasurer1.key \
            --sign-as 320100/4=treasurer2.key --sign-as tba1…=shop.key

help-org = 机构：市、区、街道、服务点
    .examples = timebank org list
help-org-list = 列出已登记的机构
    .examples = timebank org list
help-org-show = 查看机构及其工作人员
    .organisation = 区划代码
    .examples = timebank org show 320102005
help-org-register = 登记下级机构：由上级机构的管理员签名
    .organisation = 新机构的区划代码
    .parent = 上级机构
    .level = 层级：district、street、service-point
    .examples = timebank org register 320102006 --parent 320102 --level street --sign-as 320102/1=admin.key

help-staff = 工作人员
    .examples = timebank staff set 320102005 --threshold 1 --entry 4=clerk,3b…,tba1…
help-staff-set = 设置或移除工作人员：由该机构或其上级的管理员签名
    .organisation = 机构
    .entry = 工号=角色+角色,公钥,本人账户；可多次给出
    .remove = 移除的工号；可多次给出
    .threshold = 今后需要几位管理员签名
    .examples =
        timebank staff set 320102005 --threshold 1 --entry 4=clerk,3b…,tba1… \
            --sign-as 320102/1=admin.key

help-policy = 政策参数
    .examples = timebank policy list --district 320102
help-policy-list = 列出某区某日生效的政策
    .district = 区；省略时是市
    .day = 哪一天；省略时是今天
    .examples = timebank policy list --district 320102 --day 2026-12-01
help-policy-show = 查看某个或全部参数的过去、现在和将来，由谁设定，以及各服务代码的倍率
    .parameter = 只看这一个
    .district = 区；省略时是市
    .examples =
        timebank policy show
        timebank policy show daily_limit --district 320102
help-policy-set = 设定政策：由市管理员签名；区只能收紧，由区管理员签名
    .scope = 市或区的区划代码
    .parameter = 参数，例如 cap、daily_limit、dispute_window_ms
    .value = 值；项目代码用逗号分隔，- 表示所有人，withdraw 撤销已有的规定
    .from_day = 从哪一天起生效
    .examples =
        timebank policy set 320102 daily_limit 240 --from-day 2026-12-01 \
            --sign-as 320102/1=admin.key

help-catalogue = 服务目录
    .examples = timebank catalogue list
help-catalogue-list = 列出某日生效的服务代码
    .day = 哪一天；省略时是今天
    .examples = timebank catalogue list
help-catalogue-set = 设定或停用服务代码：由市管理员签名
    .code = 服务代码，例如 S09
    .min = 最短分钟数
    .max = 最长分钟数
    .multiplier = 由预算支付时的倍率（百分比）；默认 100
    .retire = 停用
    .from_day = 从哪一天起生效
    .examples =
        timebank catalogue set S09 --min 15 --max 240 --from-day 2026-12-01 \
            --sign-as 320100/1=admin.key
        timebank catalogue set S09 --retire --from-day 2027-01-01 --sign-as 320100/1=admin.key

help-validators = 验证人：由谁决定区块
    .examples = timebank validators list
help-validators-list = 列出现任验证人
    .examples = timebank validators list
help-validators-set = 更换验证人名单：由市管理员签名；24 小时内变动须少于三分之一
    .file = JSON 文件：完整的新名单，字段 organisation、consensus_key、peer_key、power
    .examples = timebank validators set validators.json --sign-as 320100/1=admin.key

help-budget = 预算
    .examples = timebank budget show tbb1…
help-budget-open = 开立预算：两位财务签名
    .scope = 预算管辖的机构
    .purpose = 用途：service（支付服务）、fund（注入资金池）、grant（补助）、training（培训）、campaign（活动）
    .minutes = 总分钟数
    .last_day = 最后一天
    .examples =
        timebank budget open 320102 --purpose service --minutes 60000 --last-day 2027-12-31 \
            --sign-as 320100/3=treasurer1.key --sign-as 320100/4=treasurer2.key
help-budget-grant = 向某项目的人发放补助：两位财务签名
    .budget = 用途为 grant 的预算
    .accounts = 发给谁
    .file = 列出发给谁的文件，每行一个账户或名册编号
    .roster = 本单位人员名册（number,account），不上账本
    .programme = 每个人都属于的项目
    .minutes = 每人多少分钟
    .expiry = 最后可用的一天；省略时不过期
    .examples =
        timebank budget grant tbb1… tba1… --programme P07 --minutes 600 --expiry 2027-12-31 \
            --sign-as 320100/3=treasurer1.key --sign-as 320100/4=treasurer2.key
        timebank budget grant tbb1… --file elders.csv --roster roster.csv --programme P07 \
            --minutes 600 --document grant.json
help-budget-show = 查看预算
    .budget = 预算编号
    .examples = timebank budget show tbb1…

help-pool = 资金池
    .examples = timebank pool show 320102:donation
help-pool-fund = 从预算向资金池注入分钟：两位财务签名
    .pool = 资金池，例如 320102:grant
    .minutes = 多少分钟
    .budget = 用途为 fund 的预算
    .examples =
        timebank pool fund 320102:grant 6000 --budget tbb1… \
            --sign-as 320100/3=treasurer1.key --sign-as 320100/4=treasurer2.key
help-pool-spend = 从捐赠池或补助池向某项目的人发放：两位财务签名
    .pool = 资金池
    .accounts = 发给谁
    .file = 列出发给谁的文件，每行一个账户或名册编号
    .roster = 本单位人员名册（number,account），不上账本
    .programme = 每个人都属于的项目
    .minutes = 每人多少分钟
    .expiry = 最后可用的一天；省略时不过期
    .examples =
        timebank pool spend 320102:donation tba1… --programme P07 --minutes 60 \
            --sign-as 320102/3=treasurer1.key --sign-as 320102/5=treasurer2.key
help-pool-show = 查看资金池
    .pool = 资金池
    .examples = timebank pool show 320102:donation

help-pool-queue = 列出等待备用池补足的人，先到先得
    .pool = 备用池
    .examples = timebank pool queue 320102:reserve

help-upgrade = 规则的新版本；已公布的见 timebank status
    .examples = timebank status
help-upgrade-schedule = 公布规则的新版本：由市管理员签名
    .rules = 版本
    .from_day = 从哪一天起生效
    .examples = timebank upgrade schedule 2 --from-day 2027-01-01 --sign-as 320100/1=admin.key

help-evidence = 验证人的违规记录
    .examples = timebank evidence list
help-evidence-list = 列出验证人重复投票的记录
    .examples = timebank evidence list

help-clearing = 区际清算，只听这个节点的：已结的月份，或其中一个月
    .month = 月份，例如 2026-11；不写则列出已结的月份
    .examples =
        timebank clearing
        timebank clearing 2026-11

help-audit = 审计员用：重新执行整条链，再检查、导出和确认结果
    .examples =
        timebank audit replay
        timebank audit run
        timebank audit clearing 2026-11
help-audit-replay = 从创世或从账册中断处起重新执行每个区块，并核对每个区块头
    .from_export = 区块取自这份导出，不取自节点
    .to_height = 到这一高度为止
    .book = 账册的文件夹，可以是新的，也可以接着用；默认与已证明的内容放在一起
    .examples =
        timebank audit replay
        timebank audit replay --to-height 120000 --book audit-2026
        timebank audit replay --from-export export-2026-11 --book audit-of-export
help-audit-run = 按规则筛查审计账册：有哪些值得一看；有发现时退出码为 11
    .from = 最早的一天；默认为链的第一天
    .to = 最晚的一天；默认为账册的最后一天
    .rules = 代替内置规则的规则文件
    .about = 只列出涉及此账户的发现
    .report = 把报告写入此文件夹：中英文页面、表格和清单；有审计员密钥时签名
    .show_rules = 只输出内置规则，供改写成自己的规则
    .book = 账册所在文件夹；默认放在已核实内容旁边
    .offline = 按账册现状，不向节点索取更新的区块
    .examples =
        timebank audit run
        timebank audit run --from 2026-11-01 --to 2026-11-30 -o json
        timebank audit run --report audit-2026-11 --as 320100/61 --key auditor.key
        timebank audit run --show-rules > our-rules.toml
        timebank audit run --rules our-rules.toml --about tba1…
help-audit-clearing = 完全由区块计算一个月的清算，并与链上记录比较
    .month = 月份，例如 2026-11
    .cosign = 链上记录与算出的相同时，以审计员身份确认该月
    .book = 账册的文件夹；默认与已证明的内容放在一起
    .offline = 账册原样使用，不向节点取更新的区块
    .examples =
        timebank audit clearing 2026-11
        timebank audit clearing 2026-11 --cosign --as 320100/61 --key auditor.key

help-statement = 办事处和账户持有人用：账户、商户、区的月度报表
    .examples =
        timebank statement account 2026-11
        timebank statement district 2026-11 320102 --to statements
help-statement-account = 账户月度对账单：期初、收入、支出、期末；依据已证明的完整流水
    .month = 月份，例如 2026-11
    .account = 哪个账户，默认自己的
    .to = 同时写入这个文件夹：中英文网页、CSV 和 JSON
    .examples =
        timebank statement account 2026-11
        timebank statement account 2026-11 tba1… --to statements
help-statement-merchant = 商户月度对账单：逐项交付的商品和应结的时间
    .month = 月份，例如 2026-11
    .account = 哪个商户，默认自己的账户
    .to = 同时写入这个文件夹：中英文网页、CSV 和 JSON
    .examples = timebank statement merchant 2026-11 tba1… --to statements
help-statement-district = 区月度报表，由区块算出：居民与资金池、服务、与各区的往来
    .month = 月份，例如 2026-11
    .district = 哪个区，六位代码
    .to = 同时写入这个文件夹：中英文网页、CSV 和 JSON
    .book = 账册的文件夹；默认与已证明的内容放在一起
    .offline = 账册原样使用，不向节点取更新的区块
    .examples = timebank statement district 2026-11 320102 --to statements

help-demand = 办事处用：未满足的服务需求，按街道、服务和周；不足五人的不公布
    .from = 第一周，写其中任一天；默认取已经结束的若干周
    .weeks = 多少周，默认 13
    .district = 只看这个区的街道
    .to = 同时写入这个文件夹：网页、热力图（SVG）、CSV 和 JSON
    .book = 账册的文件夹；默认与已证明的内容放在一起
    .offline = 账册原样使用，不向节点取更新的区块
    .examples =
        timebank demand --to demand
        timebank demand --from 2026-08-24 --weeks 13 --district 320102
help-match = 办事处用：谁能接这个订单，每个名次都说明理由
    .order = 订单，tbs1…
    .limit = 显示多少人，默认 10
    .unable = 同时显示谁不能接，为什么
    .scoring = 用这个文件里的分值，不用内置的
    .book = 账册的文件夹；默认与已证明的内容放在一起
    .offline = 账册原样使用，不向节点取更新的区块
    .examples =
        timebank match tbs1…
        timebank match tbs1… --unable --limit 30

help-supply = 查看总量：每一分钟现在在哪里，默认核对证明和证书
    .unverified = 不核对证明，只听这个节点的
    .examples = timebank supply -o json

help-audit-export = 把区块、交易、记录和账户写成 CSV 与 JSON Lines，连同区块本身和签名的清单
    .to = 新文件夹
    .from_height = 导出的第一个区块
    .to_height = 导出的最后一个区块；默认是最新的
    .book = 账册的文件夹；默认与已证明的内容放在一起
    .offline = 账册原样使用，不向节点取更新的区块
    .unsigned = 清单不签名
    .examples =
        timebank audit export --to export-2026-11 --sign-as 320100/6=auditor.key
        timebank audit export --to blocks --from-height 120000 --unsigned
help-audit-diff = 查出导出与链的不同：哪一行、哪一栏、两边的值；有不同则退出码为 10
    .folder = 导出的文件夹
    .book = 账册的文件夹；默认与已证明的内容放在一起
    .offline = 账册原样使用，不向节点取更新的区块
    .examples = timebank audit diff export-2026-11

help-watch = 作为独立见证人观察全链：核对几个节点的每个区块头并保存，报告分叉、改写的区块和停顿；有警报后退出码为 10
    .folder = 所见和证据保存的文件夹；默认与已证明的内容放在一起
    .every = 两轮之间等多少秒，默认 5
    .rounds = 这么多轮后结束；默认到被要求结束为止
    .silence = 多少分钟没有区块就报告，默认 120
    .disk = 区块头最多占多少 MiB 磁盘，超过后放弃最旧的；默认 4096
    .alert = 每次警报和停顿时运行的程序，事件以 JSON 给到它的标准输入
    .stop_on_alarm = 第一次警报的那一轮后结束
    .cosign = 用审计员密钥签署这个文件夹里的检查点，但只限这里见过的区块
    .checkpoint_every = 每隔多久在那里放一个新的、已签名的检查点
    .examples =
        timebank watch --node https://office1.example --node https://office2.example
        timebank watch --alert ./tell-the-city --silence 90
        timebank watch --cosign checkpoints --checkpoint-every 168 --sign-as 320100/6=auditor.key

help-checkpoint = 检查点：由市里担保的近期区块，供久未使用的钱包重新开始
    .examples =
        timebank checkpoint make --height 120000 --to city.tbcheckpoint
        timebank checkpoint show city.tbcheckpoint
help-checkpoint-make = 为某个区块写出检查点，交由市里签名
    .height = 区块高度，默认最新
    .to = 新文件
    .hand_over = 下一个检查点改由市里现任的管理员与审计员签名
    .examples = timebank checkpoint make --height 120000 --to city.tbcheckpoint
help-checkpoint-sign = 以市管理员或审计员的身份签署检查点
    .file = 检查点
    .yes = 不询问直接签名，用于脚本
    .unchecked = 不与自己的节点比对就签名
    .examples = timebank checkpoint sign city.tbcheckpoint --sign-as 320100/1=admin.key
help-checkpoint-show = 查看检查点、谁已签名、是否足够
    .file = 检查点
    .examples = timebank checkpoint show city.tbcheckpoint
help-checkpoint-use = 从市里的检查点重新开始信任，并保存
    .file = 检查点
    .examples = timebank checkpoint use city.tbcheckpoint

help-block = 区块
    .examples = timebank block show
help-block-show = 查看区块，核对证书、交易与回执
    .height = 高度；省略时是最新的
    .examples = timebank block show 1024

help-tx = 交易
    .examples = timebank tx show 5e…
help-tx-show = 查看已入块的交易及其回执，核对区块
    .transaction = 交易编号（64 位十六进制）
    .examples = timebank tx show 5e…

help-doc = 共同签名的文件
    .examples =
        timebank doc show open.json
        timebank doc merge open.json copy.json
help-doc-show = 查看文件：要求什么、谁已签名、还需要谁签名
    .file = 文件
    .examples = timebank doc show open.json
help-doc-unsign = 去掉文件上的一个签名
    .file = 文件
    .signer = 谁的签名
    .examples = timebank doc unsign open.json 320100/2
help-doc-merge = 把几份副本上的签名合到一份文件
    .file = 合到这份文件
    .others = 其他副本
    .examples = timebank doc merge open.json from-registry.json from-holder.json

help-doc-qr = 以二维码显示文件，供手机签名
    .file = 文件
    .svg = 把二维码写入文件，第一张用这个文件名
    .examples = timebank doc qr gift.json
help-doc-scan = 由二维码还原文件，顺序不限，内容为扫码枪输入的文字
    .file = 新文件
    .from = 扫码得到的文字；不填则从标准输入读取
    .examples = timebank doc scan gift.json --from lines.txt

help-time = 测试链的时间
    .examples = timebank time advance "2026-11-26 08:00"
help-time-advance = 把测试链的时间推后：由市管理员签名
    .to = 推到什么时候
    .examples = timebank time advance "2026-11-26 08:00" --sign-as 320100/1=admin.key

help-completions = 输出命令行补全脚本
    .shell = bash、zsh、fish、elvish 或 powershell
    .examples = timebank completions bash > ~/.local/share/bash-completion/completions/timebank
