{% macro numbered_sessions() -%}
sessions as (

    select
        date as session_date,
        session_closes_at as closes_at,
        row_number() over (order by date) as session_number,
    from {{ ref("dim_dates") }}
    where is_nyse_session

),

launches as (

    select
        funds.asset,
        funds.fund_ticker,
        min(sessions.session_number) as launch_session_number,
    from {{ ref("dim_etf_funds") }} as funds
    inner join sessions
        on funds.first_trade_date <= sessions.session_date
    group by all

)
{%- endmacro %}
