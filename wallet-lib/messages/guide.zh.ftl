# 守护人与找回账户的步骤：写给本人，也写给在柜台帮忙的人。

guide-closed = 账户 { $account } 已注销，不能找回。
guide-running = 账户正在换用新密钥 { $key }，{ $until }生效；在此之前不能更改守护人。若不是您要求的，请马上用原来的手机取消。
guide-keyless = 账户 { $account } 没有密钥，不设守护人；本人由代理办事。

guide-choose_guardians = 选守护人：信得过的亲友或街道办，最多 8 位；再定需要其中几位同意，以及要等多久（至少 { $span }）。多选几位，要求两位以上同意，最稳妥。
guide-sign_guardians = 用手机签名提交。
guide-guardians_set = 守护人已设定：{ $people }。需其中 { $threshold } 位同意，等待 { $span }。
guide-tell_guardians = 告诉守护人：手机丢了会请他们帮忙；不是当面确认本人，就不要签名。

guide-make_key = 在新手机上新建钱包，抄好助记词，出示新公钥。
guide-key_made = 新密钥已有：{ $key }。
guide-with_guardians = 请其中 { $threshold } 位守护人签名：{ $people }。
guide-with_registrar = 或者到街道柜台：一位登记员和一位守护人签名即可（不能是同一个人）。可以签的守护人：{ $people }。
guide-without_guardians = 没有设守护人：到街道柜台，请一位登记员和一位仲裁核对身份后签名（不能是同一个人）。
guide-paused = { $people } 上次帮忙发起的找回被取消了，{ $until }以前不能再帮忙发起。
guide-start = 为账户 { $account } 发起找回：由新密钥和帮忙的人签名，然后提交。本人不能自己帮自己。
guide-stolen = 若手机可能在别人手里，再请一位仲裁一起签名：这样原密钥就不能取消。同时可以请登记员和仲裁冻结账户。
guide-wait = 发起后要等待 { $span }，其间原密钥可以取消。
guide-finish = 等待期一过，账户会自动换上新密钥；想早一点，任何人都可以提交“完成恢复密钥”。
guide-other_key = 正在进行的找回用的是另一把密钥 { $key }，不是手里这把。请先弄清是谁发起的。
guide-started = 已经发起：新密钥 { $key }；帮忙的人：{ $people }。
guide-wait_until = 等到 { $until }。在此之前原密钥可以取消；新手机和助记词请保管好。
guide-wait_until_backed = 等到 { $until }。仲裁已一起签名，原密钥不能取消；新手机和助记词请保管好。
guide-waited = 等待期已于 { $until }结束。
guide-recovered = 账户 { $account } 已换上新密钥，可以照常使用。请重新看一遍守护人。

guide-nothing_running = 账户 { $account } 没有正在进行的找回。
guide-somebody_started = 有人要给您的账户换上密钥 { $key }；发起的人：{ $people }；{ $until }生效。
guide-cancel = 如果不是您要求的，请在 { $until }以前用原来的手机签名取消。
guide-after_cancel = 取消后，发起的人 30 天内不能再次发起。守护人若不可靠，请更换。
guide-not_cancellable = 仲裁已一起签名，原密钥不能取消。请在 { $until }以前到街道办，当面说明。
guide-too_late = 等待期已于 { $until }结束，不能再取消。请到街道办，请登记员和仲裁冻结账户。
