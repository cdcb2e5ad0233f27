{% for fact in ["fct_daily_etf_flows", "fct_daily_etf_totals"] %}
select distinct
    '{{ fact }}' as fact,
    facts.trade_date,
from {{ ref(fact) }} as facts
left join {{ ref("dim_dates") }} as dates on facts.trade_date = dates.date
where dates.is_nyse_session is distinct from true
{{ "union all" if not loop.last }}
{% endfor %}
