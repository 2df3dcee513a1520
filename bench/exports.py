"""100,000 findings as CSV and XLSX, without a database: what writing alone costs, beside a bare xlsxwriter loop."""

import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from xlsxwriter import Workbook

from bench.frame import Figure, run_alone
from inspect_app.exchange.cells import Cell
from inspect_app.exchange.csv_table import write_csv
from inspect_app.exchange.xlsx_table import write_xlsx

COUNT = 100_000
HEADER = [
    "STT", "Huyện", "Xã", "Ngày kiểm tra", "Hình thức", "Mã tiêu chí", "Nội dung tồn tại, vi phạm", "n", "N",
    "Căn cứ", "Mức độ", "Trạng thái", "Đơn vị, cá nhân chịu trách nhiệm", "Kiến nghị", "Thời hạn",
    "Kết quả khắc phục", "Minh chứng", "Ghi chú", "Mã phát hiện",
]  # fmt: skip
WIDTHS = [6, 16, 16, 12, 10, 10, 60, 6, 6, 40, 14, 14, 30, 30, 12, 30, 40, 20, 16]
_UNITS = [("Đức Phổ", "xã Phổ Cường"), ("Ia H'Drai", "xã Ia Dom"), ("Kon Rẫy", "xã Ngọk Réo")]
_TEXTS = [
    "Chưa niêm yết công khai đầy đủ danh mục thủ tục hành chính tại trụ sở",
    "Hồ sơ trễ hạn không có văn bản xin lỗi và hẹn lại ngày trả kết quả",
    "Công chức vắng mặt trong giờ làm việc mà không bố trí người thay",
]
_LAW = "Điều 14 Nghị định số 118/2025/NĐ-CP ngày 09/6/2025 của Chính phủ"


def rows(count: int = COUNT) -> Iterator[list[Cell]]:
    """Findings as the list writes them, all 19 columns."""
    for number in range(1, count + 1):
        district, commune = _UNITS[number % 3]
        yield [
            number, district, commune, date(2021, 3, 1) + timedelta(number % 1800), "Đột xuất", "NY-01",
            _TEXTS[number % 3], number % 7, number % 7 + 3, _LAW, "Tồn tại, hạn chế", "Đã xác nhận",
            "Ủy ban nhân dân " + commune, "", None, "", f"21514_TĐX-{number}_NY-01_1.jpg", "", f"PH-{number:07}",
        ]  # fmt: skip


def csv_first_byte() -> float:
    start = time.perf_counter()
    next(write_csv(HEADER, rows()))
    return time.perf_counter() - start


def csv_whole() -> int:
    return sum(len(piece) for piece in write_csv(HEADER, rows()))


def xlsx_ours(folder: str) -> int:
    path = Path(folder) / "ours.xlsx"
    write_xlsx(path, title="t", sheet="Danh sách", header=HEADER, rows=rows(), widths=WIDTHS, wrap={6, 9, 12})
    return path.stat().st_size


def xlsx_bare(folder: str) -> int:
    path = Path(folder) / "bare.xlsx"
    options = {"constant_memory": True, "tmpdir": folder, "default_date_format": "dd/mm/yyyy"}
    with Workbook(str(path), options) as workbook:
        worksheet = workbook.add_worksheet()
        worksheet.write_row(0, 0, HEADER)
        for line, row in enumerate(rows(), start=1):
            for column, cell in enumerate(row):
                worksheet.write(line, column, cell)
    return path.stat().st_size


def figures() -> Iterator[Figure]:
    table = run_alone(csv_whole)
    yield Figure("CSV writer, first byte", f"{1000 * run_alone(csv_first_byte).result:.1f} ms", "< 300 ms")
    yield Figure(
        "CSV writer, 100,000 findings",
        f"{table.seconds:.1f} s, {table.result / 1e6:.0f} MB, peak {table.peak_mb:.0f} MB",
    )
    with tempfile.TemporaryDirectory() as folder:
        bare = run_alone(xlsx_bare, folder)
        ours = run_alone(xlsx_ours, folder)
    yield Figure("bare xlsxwriter loop, same cells", f"{bare.seconds:.1f} s, peak {bare.peak_mb:.0f} MB")
    yield Figure(
        "XLSX writer, 100,000 findings",
        f"{ours.seconds:.1f} s = {ours.seconds / bare.seconds:.2f} x bare, {ours.result / 1e6:.1f} MB, "
        f"peak {ours.peak_mb:.0f} MB",
        "< 1.5 x bare, < 150 MB",
    )
