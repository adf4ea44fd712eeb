## 导入的每一行的结果。

import_applied = 已记入区块 { $height }。
import_before = 以前已导入：在区块 { $height } 里。
import_accepted = 节点已检查，等待记入区块。
    .remedy = 再导入一次同一个文件，就能看到是否已记入。
import_ready = 账本会接受。
import_document = 缺少签名：{ $missing }。供他们签名的文件是 { $path }。
    .remedy = 请他们签名（timebank sign，或用 timebank doc qr 以二维码传递），放回文件夹，再导入一次。
import_unsigned = 缺少签名：{ $missing }。
    .remedy = 用 --documents 指定文件夹，程序会写出供他们签名的文件。
import_not_taken = 没有节点收下。
    .remedy = 再导入一次同一个文件；不会重复记账。
import_number_taken = 这个记录号以前用于别的内容：交易 { $transaction }。
    .remedy = 给这一行另取记录号。已记账的只能由仲裁员撤销。
import_still_open = 这一行以前的内容在 { TIME($until_ms) } 之前仍可能生效。
    .remedy = 改回原来的内容，或过了这个时间再导入。
import_unclear = 以前为它做的交易 { $transaction } 已过有效期；不看区块，无法知道是否已生效。
    .remedy = 去掉 --no-check 再导入一次，让程序查看区块。
import_contradicted = 节点说它在区块 { $height } 里，实际不在。
    .remedy = 询问其他节点，并告知市级机构：这个节点所说不实。

## 导入为什么停下。

import_journal_system = 导入日志 { $path } 不能读写：{ $reason }
    .remedy = 检查磁盘空间和文件夹权限，然后再导入：从停下的地方继续。
import_journal_in_use = 另一个导入正在使用导入日志 { $path }。
    .remedy = 等它结束。
import_journal_damaged = 导入日志 { $path } 在第 { $at } 字节处损坏：{ $reason }
    .remedy = 从备份恢复。没有它，就不能防止同一笔授予重复记账。
import_journal_other_chain = 导入日志 { $path } 属于链 { $actual }，不是 { $expected }。
    .remedy = 用 --journal 指定另一个。
import_journal_version = 导入日志 { $path } 的版本是 { $version }，本程序不认识。
    .remedy = 更新程序。
import_basis = 无法跟随区块链：{ $reason }
    .remedy = 换一个节点，或用 --book 指定账册。
import_check = 试运行失败：{ $reason }
    .remedy = 请报告：这是程序或账册的问题。
import_file = { $path } 不能读写：{ $reason }
    .remedy = 检查文件夹是否存在、是否有权限、磁盘是否有空间；然后再次导入，不会重复记账。
import_interrupted = 导入已中止。
    .remedy = 再导入一次同一个文件：从停下的地方继续，不会重复记账。
import_nowhere = 没有存放导入日志的地方。
    .remedy = 用 --journal 指定，并妥善保存：靠它防止重复记账。
