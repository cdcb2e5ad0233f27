select distinct
    'fct_daily_venue_prices' as fact,
    venue,
from {{ ref("fct_daily_venue_prices") }}
anti join {{ ref("dim_venues") }} using (venue)

union all

select distinct
    'fct_daily_quote_rates' as fact,
    source as venue,
from {{ ref("fct_daily_quote_rates") }} as rates
anti join {{ ref("dim_venues") }} as venues on rates.source = venues.venue

union all

select distinct
    'fct_daily_liquidations' as fact,
    venues.venue,
from {{ ref("fct_daily_liquidations") }} as facts
cross join unnest(string_split(facts.venue_list, ',')) as venues (venue)
anti join {{ ref("dim_venues") }} using (venue)

union all

select distinct
    'fct_daily_derivatives' as fact,
    venues.venue,
from {{ ref("fct_daily_derivatives") }} as facts
cross join unnest(string_split(facts.venue_list, ',')) as venues (venue)
anti join {{ ref("dim_venues") }} using (venue)
