"""PURE: bytes <-> domain: feed formats of airlines, shapes of the HTTP API.

Schedules: `ssim` (`ssim_lines`, `ssim_fields`, `ssim_serials`, `ssim_writer`), `ssm` (`ssm_lines`,
`ssm_sub_message`). Prices: `fares` (`fares_forms`, `fares_records`, `fares_domain`,
`fares_writer`). Status: `aidx`, `status_lines`, `status_fields`, `status_shapes`. The API: what is
asked (`duffel_search_asks`, `duffel_order_asks`) and told (all other `duffel_*`), and `amadeus`.
`quote_document` is an offer request as it is stored, `person_token` how the pages tell the API who
has logged in.
"""
